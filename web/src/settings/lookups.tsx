/** Lookups: tables of one's own that reports show instead of what players sent; brought and taken as CSV. */
import { useRef, useState } from "preact/hooks";
import { type ApiProblem, get, type Page, putFile } from "../api.ts";
import { forgetCatalogue, useAnswer } from "../ask.ts";
import { number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Command } from "../parts/first.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { Confirm } from "./confirm.tsx";

interface Lookup {
  /** The dimension that is its key. */
  id: string;
  entries: number;
  columns: string[];
  overrides: string[];
}

const NAMES: Record<string, string> = { content: "Contents", ad: "Ads", "ad-pod": "Ad breaks", chapter: "Chapters" };
const nameOf = ({ id }: Lookup): string => NAMES[id] ?? id;
const entriesWords = (count: number): string => (count === 1 ? "1 entry" : `${number(count)} entries`);

const EXAMPLE = "content,content-name,content-length,territory\nepisode-101,The Harbour: Arrival,2640,DE\nepisode-102,The Harbour: Fog,2580,DE";

interface Refused {
  file: string;
  lookup: Lookup;
  message: string;
  errors: readonly { path: string; reason: string }[];
}

/** "line 3, content-length" in two. */
function placeOf(path: string): [string, string] {
  const found = /^(line \d+)(?:, (.*))?$/s.exec(path);
  return found ? [found[1]!.replace("line", "Line"), found[2] ?? ""] : [path, ""];
}

function Wrong({ refused: { file, lookup, message, errors } }: { refused: Refused }) {
  return (
    <div class="problem lookup-wrong" role="alert">
      <strong>
        {file} was not taken; {nameOf(lookup)} are as they were
      </strong>
      {errors.length === 0 ? (
        <p>{message}</p>
      ) : (
        <DataTable
          label={`What is wrong in ${file}`}
          columns={[
            { id: "line", name: "Line" },
            { id: "column", name: "Column" },
            { id: "reason", name: "What is wrong" },
          ]}
          rows={errors.map(({ path, reason }) => [...placeOf(path), reason])}
        />
      )}
    </div>
  );
}

interface FileProps {
  lookup: Lookup;
  busy: boolean;
  onFile: (file: File) => void;
}

function Files({ lookup, busy, onFile }: FileProps) {
  const input = useRef<HTMLInputElement>(null);
  const words = lookup.entries ? "Download" : "Empty table";
  const chosen = (event: Event) => {
    const field = event.currentTarget as HTMLInputElement;
    const file = field.files?.[0];
    field.value = ""; // so that the same file can be chosen again once it is mended
    if (file) onFile(file);
  };
  return (
    <span class="lookup-files">
      <input ref={input} type="file" accept=".csv,text/csv" hidden onChange={chosen} />
      <button type="button" class="quiet" disabled={busy} aria-label={`Upload CSV of ${nameOf(lookup)}`} onClick={() => input.current?.click()}>
        {busy ? "Uploading…" : "Upload"}
      </button>
      <a href={`/api/v1/lookups/${lookup.id}/csv`} download={`lookup-${lookup.id}.csv`} aria-label={`${words} of ${nameOf(lookup)}`}>
        {words}
      </a>
    </span>
  );
}

/** What one is good for, while there is none. */
const Why = () => (
  <div class="stack">
    <p>
      <strong>Nothing is looked up: reports show what players sent.</strong> A table of your own gives titles and ads better names, mends a wrong length, adds a rating or a territory. Every report
      and panel then shows it, also for sessions of long ago; what was counted does not change.
    </p>
    <p>A table of contents, whose key is the id that players send:</p>
    <Command text={EXAMPLE} label="Copy the example" />
  </div>
);

export function Lookups() {
  const of = useAnswer("lookups", (signal) => get<Page<Lookup>>("/lookups", signal));
  const [asking, setAsking] = useState<{ lookup: Lookup; file: File } | null>(null);
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState("");
  const [refused, setRefused] = useState<Refused | null>(null);
  const bring = async (lookup: Lookup, file: File) => {
    setAsking(null);
    setSaid("");
    setRefused(null);
    setBusy(lookup.id);
    try {
      const now = await putFile<Lookup>(`/lookups/${lookup.id}`, file, "text/csv");
      forgetCatalogue();
      setSaid(`${file.name} was taken: ${nameOf(now)} have ${entriesWords(now.entries)} now.`);
      of.retry();
    } catch (error) {
      const { errors, message } = error as ApiProblem;
      setRefused({ file: file.name, lookup, message, errors: errors ?? [] });
    }
    setBusy("");
  };
  return (
    <Card id="lookups" title="Lookups" note="Names, lengths and whatever else you know, shown by every report instead of what players sent.">
      <Shown of={of} what="The lookups" lines={5}>
        {({ items }) => (
          <div class="stack">
            {items.every(({ entries }) => entries === 0) && <Why />}
            <DataTable
              label="Lookups"
              columns={[
                { id: "lookup", name: "Lookup" },
                { id: "entries", name: "Entries", number: true },
                { id: "files", name: "Table" },
                { id: "columns", name: "Columns" },
              ]}
              rows={items.map((one) => [
                <>
                  {nameOf(one)}
                  <span class="sub">
                    by <code class="mono">{one.id}</code>
                  </span>
                </>,
                number(one.entries),
                <Files lookup={one} busy={busy === one.id} onFile={(file) => (one.entries ? setAsking({ lookup: one, file }) : void bring(one, file))} />,
                <span class={one.entries ? "lookup-columns" : "lookup-columns muted"}>{one.entries ? one.columns.join(", ") : `may override ${one.overrides.join(", ")}`}</span>,
              ])}
            />
            <p role="status">{said}</p>
            {refused && <Wrong refused={refused} />}
          </div>
        )}
      </Shown>
      <ul class="notes">
        <li>
          CSV in UTF-8 with commas; a column named as the key, the others as what they override, or any name of your own, which reports know as <code class="mono">lookup:content:NAME</code>.
        </li>
        <li>
          A table replaces the one before. <code class="mono">playhead lookup import --merge</code> changes some entries only. Keep the file: a store made anew from the journals has no lookups.
        </li>
      </ul>
      {asking && (
        <Confirm title={`Replace ${nameOf(asking.lookup)}?`} yes="Replace" onYes={() => void bring(asking.lookup, asking.file)} onNo={() => setAsking(null)}>
          <p>
            The {entriesWords(asking.lookup.entries)} there are give way to those of {asking.file.name}. Download them first if you have no copy.
          </p>
        </Confirm>
      )}
    </Card>
  );
}
