/** What the server runs with: access, retention, every setting with its source. For reading. */
import type { Json } from "../api.ts";
import { useAnswer } from "../ask.ts";
import { number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Command } from "../parts/first.tsx";
import { Failed } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { query, setQuery } from "../router.ts";
import { zone } from "../view.ts";
import { wallAt } from "../zones.ts";
import { type DatastreamItem, getKept, type ServerSettings, type SettingItem, valueOf } from "./asked.ts";
import { datastreamPath } from "./datastreams.tsx";

const MAKE = "(umask 077; openssl rand -hex 32 > console-token)";

export function Access({ server }: { server: ServerSettings }) {
  const file = valueOf(server, "console.token_file");
  const name = typeof file === "string" ? file : "console-token";
  return (
    <Card id="access" title="Access token">
      {server.tokenRequired ? (
        <div class="stack">
          <p>
            <strong>This console asks for an access token.</strong> It is the first line of <code class="mono">{name}</code>. Scripts send it as{" "}
            <code class="mono">Authorization: Bearer …</code>; browsers sign in once and keep it in a cookie that no script can read.
          </p>
          <p>To replace it, write a new one into the file and start the server again; every browser and script then has to sign in with the new one:</p>
          <Command text={`(umask 077; openssl rand -hex 32 > ${name})`} label="Copy the command that replaces the token" />
        </div>
      ) : (
        <div class="stack">
          <p>
            <strong>This console asks for no access token.</strong> It listens on <code class="mono">{String(valueOf(server, "console.host"))}</code>, so only
            this machine reaches it; everybody who can use this machine can read and change what is here.
          </p>
          <p>To let others in, make one, name its file, and start the server again:</p>
          <Command text={`${MAKE}\nPLAYHEAD_CONSOLE_TOKEN_FILE=console-token playhead serve --console-host 0.0.0.0`} label="Copy the commands that make a token" />
          <p class="muted">
            In the file: <code class="mono">[console] token_file</code>. The token must have 16 characters or more.
          </p>
        </div>
      )}
    </Card>
  );
}

const CLASSES = [
  ["eventsDays", "retention.events_days", "Raw events"],
  ["rowsDays", "retention.rows_days", "Reporting rows"],
  ["sessionsDays", "retention.sessions_days", "Session records"],
] as const;
const DAY_MS = 86_400_000;

const daysWords = (days: number | null): string => (days === null ? "for ever" : `${number(days)} ${days === 1 ? "day" : "days"}`);
const month = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayOf = (ms: number): string => month.format(wallAt(ms, zone.value));

/** "1.24 GB": a gigabyte is 1,000,000,000 bytes, as in `journal_gb`. */
export function bytesWords(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toPrecision(3).replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : zeros))} ${units[step]}`;
}

function Days({ own, server }: { own: number | null; server: number | null }) {
  return (
    <>
      {daysWords(own ?? server)}
      <span class="sub">{own === null ? "the server's" : "its own"}</span>
    </>
  );
}

export function Retention({ server, datastreams }: { server: ServerSettings; datastreams: DatastreamItem[] }) {
  const kept = useAnswer("kept", getKept);
  const serverDays = (key: string) => valueOf(server, key) as number | null;
  const journalGb = serverDays("retention.journal_gb");
  const journals = Object.values(server.disk.journals).reduce((sum, bytes) => sum + bytes, 0);
  const removed = ["events", "rows", "sessions", "segments"].map((kind) => server.removed[kind] ?? 0);
  const nowCells = (one: DatastreamItem) => {
    const found = kept.answer?.find(({ id }) => id === one.id);
    if (!kept.answer) return ["…", "…", "…"];
    if (!found) return ["0", "–", "–"];
    const days = CLASSES.map(([member, key]) => one[member] ?? serverDays(key)).filter((count) => count !== null);
    const next = found.oldest + Math.min(...days) * DAY_MS;
    return [number(found.sessions), dayOf(found.oldest), days.length === 0 ? "never" : next > Date.now() ? dayOf(next) : "hourly"];
  };
  return (
    <Card id="retention" title="Retention" note="How long data is kept, counted from the arrival of a session's start. Nothing is removed unless asked for.">
      <DataTable
        label="Retention"
        columns={[
          { id: "name", name: "Datastream" },
          ...CLASSES.map(([member, , name]) => ({ id: member, name })),
          { id: "sessions", name: "Sessions now", number: true },
          { id: "oldest", name: "Oldest began", number: true },
          { id: "next", name: "Next removal", number: true, hint: "When the first of its data is as old as it may get; hourly: what gets too old goes within the hour." },
        ]}
        rows={datastreams.map((one) => [
          <a href={datastreamPath(one.id)}>{one.name}</a>,
          ...CLASSES.map(([member, key]) => <Days own={one[member]} server={serverDays(key)} />),
          ...nowCells(one),
        ])}
      />
      {kept.error && <Failed error={kept.error} title="What is kept now could not be counted" onRetry={kept.retry} />}
      <dl class="facts-line">
        <div>
          <dt>Store</dt>
          <dd>{server.disk.store === null ? "not known" : bytesWords(server.disk.store)}</dd>
        </div>
        <div>
          <dt>Journals</dt>
          <dd>
            {bytesWords(journals)}
            <span class="sub">{journalGb === null ? "no bound" : `at most ${journalGb} GB`}</span>
          </dd>
        </div>
        <div>
          <dt>Removed since the start of the server</dt>
          <dd>
            {removed.some(Boolean)
              ? `${number(removed[0] ?? 0)} events, ${number(removed[1] ?? 0)} rows, ${number(removed[2] ?? 0)} sessions, ${number(removed[3] ?? 0)} journal segments`
              : "nothing"}
          </dd>
        </div>
      </dl>
      <ul class="notes">
        <li>Once an hour, what is too old goes, a little at a time. A session goes with its ads, chapters and states; nothing of one that is open or began less than 24 hours ago.</li>
        <li>Journals keep raw events as long as the datastream that keeps them longest, and up to a day more. What was removed cannot be brought back.</li>
        <li>
          The server's days are set under <code class="mono">[retention]</code> in its configuration, a datastream's own on its page.
        </li>
      </ul>
    </Card>
  );
}

const written = (value: Json): string => (value === null ? "unset" : typeof value === "string" ? value : JSON.stringify(value));

function Setting({ item }: { item: SettingItem }) {
  return (
    <>
      <code class="mono">{item.key}</code>
      <span class="sub">{item.meaning.replaceAll("`", "")}</span>
    </>
  );
}

export function Configuration({ server }: { server: ServerSettings }) {
  const changed = query.value.get("settings") !== "all";
  const items = changed ? server.items.filter((item) => item.source !== "default") : server.items;
  return (
    <Card id="configuration" title="Configuration" note={`Playhead ${server.version}, as it was started. Changes take effect at the next start.`}>
      <fieldset class="segments settings-which" aria-label="Which settings">
        {([["", "Only those set"], ["all", "All"]] as const).map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="settings" checked={changed === (value === "")} onChange={() => setQuery({ settings: value }, { back: true })} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {items.length === 0 ? (
        <p class="none">Nothing was set: everything is at its default.</p>
      ) : (
        <DataTable
          label="Configuration"
          columns={[
            { id: "key", name: "Setting" },
            { id: "value", name: "Value" },
            { id: "default", name: "Default" },
            { id: "source", name: "Source" },
          ]}
          rows={items.map((item) => [
            <Setting item={item} />,
            <code class="mono">{written(item.value)}</code>,
            item.source === "default" ? <span class="muted">same</span> : <code class="mono">{written(item.default)}</code>,
            <>
              {item.source}
              <span class="sub">{item.place || item.variable}</span>
            </>,
          ])}
        />
      )}
    </Card>
  );
}
