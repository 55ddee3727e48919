/** What can be asked of the list of sessions: the usual at once, the rest on request. */
import { useId, useState } from "preact/hooks";
import { getDatastreams } from "../api.ts";
import { postReport, useAnswer } from "../ask.ts";
import { Controls } from "../controls/controls.tsx";
import { useValues } from "../controls/values.ts";
import { go, sessionPath } from "../router.ts";
import { linkTo, range, zone } from "../view.ts";
import { CAUSES, cause, choose, further, HAD, had, inRange, ORDERS, order, STATES, state, type Text, text } from "./search.ts";

interface ChoiceProps {
  label: string;
  name: string;
  values: readonly (readonly [string, string])[];
  value: string;
  parameter: string;
}

function Choice({ label, name, values, value, parameter }: ChoiceProps) {
  return (
    <fieldset class="segments" aria-label={label}>
      {values.map(([one, words]) => (
        <label key={one}>
          <input type="radio" name={name} checked={value === one} onChange={() => choose({ [parameter]: one })} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface FieldProps {
  name: Text;
  label: string;
  placeholder: string;
  /** The values to choose from: id, and a name beside it. */
  known?: readonly (readonly [string, string])[];
  onAsked?: () => void;
}

function Field({ name, label, placeholder, known = [], onAsked }: FieldProps) {
  const list = useId();
  // What is being typed: the list is renewed meanwhile, and must not take it away.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <>
      <label class="field">
        <span>{label}</span>
        <input
          type="search"
          list={list}
          placeholder={placeholder}
          value={typed ?? text(name)}
          autocomplete="off"
          spellcheck={false}
          onFocus={onAsked}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onChange={(event) => {
            choose({ [name]: event.currentTarget.value.trim() });
            setTyped(null);
          }}
        />
      </label>
      {/* Not inside the label: its words would be part of the field's name. */}
      <datalist id={list}>
        {known.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </datalist>
    </>
  );
}

/** The contents with most sessions in the range, asked for once the field is used; then those of the list. */
function ContentField({ listed }: { listed: readonly (readonly [string, string])[] }) {
  const [wanted, setWanted] = useState(false);
  const { from, until } = range.value;
  const { answer } = useAnswer(wanted ? JSON.stringify(["contents", from, until]) : null, (signal) =>
    postReport(
      { metrics: ["media-starts"], dimensions: ["content", "content-name"], from, until, timeZone: zone.value, limit: 200 },
      signal,
    ),
  );
  const known = new Map<string, string>(listed);
  for (const [content, name] of answer?.rows ?? []) known.set(String(content), String(name ?? ""));
  return <Field name="content" label="Content" placeholder="Content ID" known={[...known]} onAsked={() => setWanted(true)} />;
}

function ValueField({ name, dimension, label }: { name: Text; dimension: string; label: string }) {
  const [wanted, setWanted] = useState(false);
  const values = useValues(wanted ? dimension : null);
  return <Field name={name} label={label} placeholder="Any" known={values.map((value) => [value, ""])} onAsked={() => setWanted(true)} />;
}

function Datastream() {
  const { answer } = useAnswer("datastreams", (signal) => getDatastreams(signal));
  const chosen = text("datastream");
  const ids = new Map((answer?.items ?? []).map(({ id, name }) => [id, name]));
  if (chosen && !ids.has(chosen)) ids.set(chosen, "");
  return (
    <label class="field">
      <span>Datastream</span>
      <select value={chosen} onChange={(event) => choose({ datastream: event.currentTarget.value })}>
        <option value="">Any</option>
        {[...ids].map(([id, name]) => (
          <option key={id} value={id}>
            {name && name !== id ? `${name} (${id})` : id}
          </option>
        ))}
      </select>
    </label>
  );
}

function Further() {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const id = String(new FormData(event.currentTarget as HTMLFormElement).get("session") ?? "").trim();
    if (id) go(linkTo(sessionPath(id)));
  };
  return (
    <div class="filters further" id="further-filters">
      <Datastream />
      <ValueField name="player" dimension="content-player-name" label="Player" />
      <ValueField name="channel" dimension="content-channel" label="Channel" />
      <label class="field">
        <span>Closed because</span>
        <select value={cause.value} onChange={(event) => choose({ cause: event.currentTarget.value })}>
          <option value="">Any</option>
          {CAUSES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <form class="field" onSubmit={onSubmit}>
        <label for="open-session">Open session</label>
        <input id="open-session" name="session" type="search" placeholder="Session ID" autocomplete="off" spellcheck={false} />
      </form>
    </div>
  );
}

/** `listed`: id and name of the contents in the list. */
export function Filters({ listed }: { listed: readonly (readonly [string, string])[] }) {
  const [opened, setOpened] = useState(further.value > 0);
  return (
    <>
      <search class="filters" aria-label="Filters">
        <Choice label="State" name="state" parameter="state" value={state.value} values={STATES} />
        <ContentField listed={listed} />
        <Field name="person" label="Person" placeholder="ECID or person ID" />
        <fieldset class="had" aria-label="With">
          {HAD.map(([name, label]) => (
            <label key={name} class="check">
              <input type="checkbox" checked={had(name)} onChange={(event) => choose({ [`had-${name}`]: event.currentTarget.checked ? "yes" : "" })} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <button type="button" class="quiet" aria-expanded={opened} aria-controls="further-filters" onClick={() => setOpened(!opened)}>
          More filters{further.value ? ` (${further.value})` : ""}
        </button>
        {opened && <Further />}
      </search>
      <div class="list-controls">
        <Choice label="Order" name="order" parameter="sort" value={order.value} values={ORDERS} />
        <Controls dates={inRange.value} otherwise="Started at any time">
          <Choice label="Started" name="time" parameter="time" value={inRange.value ? "range" : ""} values={[["", "Any time"], ["range", "In a range"]]} />
        </Controls>
      </div>
    </>
  );
}
