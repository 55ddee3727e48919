/** The form of one datastream. The server judges what is sent; what it finds wrong stands at the field. */
import { useId, useRef, useState } from "preact/hooks";
import { ApiProblem, type Json } from "../api.ts";
import { duration } from "../format.ts";
import { changeDatastream, createDatastream, type DatastreamItem, type ServerSettings, valueOf } from "./asked.ts";
import { Confirm } from "./confirm.tsx";
import { changeOf, type Draft, draftOf, type Field, FIELDS, type Group, GROUPS, ID_FIELD, losses, NEW, type Reason } from "./fields.ts";

/** "600 s (10 min)", "yes", "for ever": a value of the server as a field of that kind would have it. */
export function serverWords(value: Json, { kind, unit }: Pick<Field, "kind" | "unit">): string {
  if (kind === "follow") return value ? "yes" : "no";
  if (value === null) return unit === "days" ? "for ever" : "none";
  const words = unit ? `${value} ${unit}` : String(value);
  return unit === "s" && typeof value === "number" && value >= 60 ? `${words}, ${duration(value)}` : words;
}

interface FieldProps {
  field: Field;
  value: string | boolean;
  reasons: string[];
  server: ServerSettings;
  onInput: (value: string | boolean) => void;
}

function FieldRow({ field, value, reasons, server, onInput }: FieldProps) {
  const id = useId();
  const { name, label, kind, unit, hint, follows } = field;
  const followed = follows ? valueOf(server, follows) : null;
  const meaning = follows ? server.items.find((item) => item.key === follows)?.meaning : undefined;
  const words = [hint ?? meaning?.replaceAll("`", "")];
  if (follows) words.push(`The server's: ${serverWords(followed, field)}.`);
  const described = [words.some(Boolean) ? `${id}-hint` : "", reasons.length ? `${id}-wrong` : ""].filter(Boolean).join(" ");
  const common = { id, "data-field": name, "aria-invalid": reasons.length > 0, "aria-describedby": described || undefined };
  const text = String(value);
  return (
    <div class={`form-field kind-${kind}`}>
      <label for={id}>{label}</label>
      <div class="form-input">
        {kind === "check" ? (
          <input type="checkbox" {...common} checked={value === true} onChange={(event) => onInput(event.currentTarget.checked)} />
        ) : kind === "lines" ? (
          <textarea {...common} rows={3} spellcheck={false} value={text} onInput={(event) => onInput(event.currentTarget.value)} />
        ) : kind === "follow" ? (
          <select {...common} value={text} onChange={(event) => onInput(event.currentTarget.value)}>
            <option value="">As the server: {serverWords(followed, field)}</option>
            <option value="true">Yes</option>
            <option value="false">No</option>
          </select>
        ) : (
          <input
            type="text"
            {...common}
            inputMode={kind === "number" ? "decimal" : undefined}
            placeholder={kind === "number" ? serverPlaceholder(followed, unit) : name === "orgId" ? String(valueOf(server, "org_id") ?? "") : undefined}
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        )}
        {unit && <span class="muted">{unit}</span>}
      </div>
      {words.some(Boolean) && (
        <p class="form-hint" id={`${id}-hint`}>
          {words.filter(Boolean).join(" ")}
        </p>
      )}
      {reasons.length > 0 && (
        <p class="reason" id={`${id}-wrong`}>
          {reasons.join("; ")}
        </p>
      )}
    </div>
  );
}

const serverPlaceholder = (value: Json, unit?: string): string => (value === null ? (unit === "days" ? "for ever" : "") : String(value));

/** The fields a reason is about: `allowedOrigins[0]` is about `allowedOrigins`. */
const reasonsOf = (wrong: Reason[], name: string): string[] =>
  wrong.filter(({ path }) => path === name || path.startsWith(`${name}[`) || path.startsWith(`${name}.`)).map(({ reason }) => reason);

interface FormProps {
  server: ServerSettings;
  /** Null: a new one is made. */
  datastream: DatastreamItem | null;
  onDone: (datastream: DatastreamItem) => void;
}

export function DatastreamForm({ server, datastream, onDone }: FormProps) {
  const before: Draft = datastream ? draftOf(datastream) : { ...draftOf(NEW), id: "" };
  const [draft, setDraft] = useState(before);
  const [wrong, setWrong] = useState<Reason[]>([]);
  const [problem, setProblem] = useState("");
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const serverDays = (name: string) => valueOf(server, `retention.${name.replace("Days", "_days")}`) as number | null;
  const stray = wrong.filter(({ path }) => ![ID_FIELD, ...FIELDS].some(({ name }) => reasonsOf([{ path, reason: "" }], name).length));

  const refuse = (found: Reason[], words: string) => {
    setWrong(found);
    setProblem(words);
    requestAnimationFrame(() => {
      const first = form.current?.querySelector<HTMLElement>("[aria-invalid='true']");
      for (let at = first?.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
      first?.focus();
    });
  };
  const send = async () => {
    const { change } = changeOf(before, draft);
    setBusy(true);
    setAsking([]);
    try {
      const stored = datastream ? await changeDatastream(datastream.id, change) : await createDatastream(change);
      setWrong([]);
      setProblem("");
      setSaid("Saved. The collectors follow within about a second.");
      setDraft(draftOf(stored));
      onDone(stored);
    } catch (error) {
      const { errors = [], status, message } = error as ApiProblem;
      const found = status === 409 ? [{ path: "id", reason: message }] : [...errors];
      refuse(found, found.length ? `${found.length === 1 ? "One field needs" : `${found.length} fields need`} a change; nothing was saved.` : message);
    }
    setBusy(false);
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setSaid("");
    const { change, wrong: unreadable } = changeOf(before, draft);
    if (unreadable.length) return refuse(unreadable, "This cannot be sent yet.");
    if (datastream && Object.keys(change).length === 0) {
      setWrong([]);
      setProblem("");
      setSaid("Nothing was changed.");
      return;
    }
    const lost = datastream ? losses(change, datastream, serverDays) : [];
    if (lost.length) setAsking(lost);
    else void send();
  };
  const rows = (fields: readonly Field[]) =>
    fields.map((field) => (
      <FieldRow
        key={field.name}
        field={field}
        server={server}
        value={draft[field.name] ?? ""}
        reasons={reasonsOf(wrong, field.name)}
        onInput={(value) => {
          setDraft((old) => ({ ...old, [field.name]: value }));
          setSaid("");
        }}
      />
    ));
  return (
    <form class="datastream-form" ref={form} onSubmit={onSubmit} aria-label={datastream ? "Datastream" : "New datastream"} noValidate>
      {GROUPS.map((group) => (
        <Fields key={group.id} group={group} open={(group.more ?? []).some(({ name }) => before[name] !== "" || reasonsOf(wrong, name).length > 0)} rows={rows} isNew={!datastream} />
      ))}
      <div class="form-foot">
        <button type="submit" class="primary" disabled={busy}>
          {datastream ? "Save changes" : "Make the datastream"}
        </button>
        <a href="/settings">Cancel</a>
        <p role="status">{said}</p>
        {problem && (
          <p class="reason" role="alert">
            {[problem, ...stray.map(({ path, reason }) => `${path} ${reason}`)].join(" ")}
          </p>
        )}
      </div>
      {asking.length > 0 && (
        <Confirm title={`Save this for ${datastream?.name}?`} yes="Save" onYes={() => void send()} onNo={() => setAsking([])}>
          {asking.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </Confirm>
      )}
    </form>
  );
}

interface GroupProps {
  group: Group;
  open: boolean;
  isNew: boolean;
  rows: (fields: readonly Field[]) => preact.ComponentChildren;
}

function Fields({ group: { id, title, note, fields, more }, open, isNew, rows }: GroupProps) {
  return (
    <fieldset class="card">
      <legend>{title}</legend>
      <p class="muted">{note}</p>
      {rows(id === "name" && isNew ? [...fields.slice(0, 1), ID_FIELD, ...fields.slice(1)] : fields)}
      {more && (
        <details open={open}>
          <summary>More of how sessions are read</summary>
          {rows(more)}
        </details>
      )}
    </fieldset>
  );
}
