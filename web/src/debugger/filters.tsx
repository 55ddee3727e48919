/** Which requests are shown: all of it stands in the address. */
import { getDatastreams } from "../api.ts";
import { useAnswer } from "../ask.ts";
import { query, setQuery } from "../router.ts";
import type { Question } from "./told.ts";

export function questionOfAddress(): Question {
  const text = (name: string) => query.value.get(name) ?? "";
  return { datastream: text("datastream"), session: text("session"), identity: text("identity"), refused: text("show") === "refused" };
}

const change = (changes: Record<string, string>) => setQuery({ ...changes, request: "" }, { back: true });

function Text({ name, label, hint, value }: { name: string; label: string; hint: string; value: string }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="search"
        placeholder={hint}
        value={value}
        autocomplete="off"
        spellcheck={false}
        onChange={(event) => change({ [name]: event.currentTarget.value.trim() })}
      />
    </label>
  );
}

export function Filters({ question }: { question: Question }) {
  const { answer } = useAnswer("datastreams", (signal) => getDatastreams(signal));
  const known = answer?.items ?? [];
  const { datastream } = question;
  return (
    <search class="filters debugger-filters">
      <fieldset class="segments" aria-label="Result">
        {([["", "All"], ["refused", "Only refused"]] as const).map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="show" checked={question.refused === (value === "refused")} onChange={() => change({ show: value })} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Datastream</span>
        <select value={datastream} onChange={(event) => change({ datastream: event.currentTarget.value })}>
          <option value="">All</option>
          {datastream && !known.some(({ id }) => id === datastream) && <option value={datastream}>{datastream}</option>}
          {known.map(({ id, name }) => (
            <option key={id} value={id}>
              {name || id}
            </option>
          ))}
        </select>
      </label>
      <Text name="session" label="Session" hint="Session ID" value={question.session} />
      <Text name="identity" label="Identity" hint="ECID, or any ID in the body" value={question.identity} />
    </search>
  );
}
