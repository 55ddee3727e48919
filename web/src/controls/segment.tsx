/** The segment: which sessions a page is about, as conditions that all or any hold. */
import { useId, useRef, useState } from "preact/hooks";
import { type Catalogue, type Dimension, type Metric, useCatalogue } from "../ask.ts";
import { type Condition, conditionWords, OPERATOR_WORDS, type Operator, OPERATORS, type Simple, valueOf } from "../segments.ts";
import { chooseSegment, segment } from "../view.ts";
import { useValues } from "./values.ts";

const nameOf = (catalogue: Catalogue | null, { kind, id }: Condition): string =>
  (kind === "metric" ? catalogue?.metrics : catalogue?.dimensions)?.find((one) => one.id === id)?.name ?? id.replace(/^custom:/, "");

export function SegmentControl() {
  const { simple, nested } = segment.value;
  const { answer: catalogue } = useCatalogue();
  const [adding, setAdding] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const leave = () => {
    setAdding(false);
    opener.current?.focus();
  };
  const drop = (at: number) => {
    chooseSegment({ ...simple, conditions: simple.conditions.filter((_, n) => n !== at) });
    opener.current?.focus();
  };
  return (
    <div class="segment" role="group" aria-label="Segment">
      {simple.conditions.length > 1 && (
        <label class="join">
          <span class="visually-hidden">Sessions for which</span>
          <select value={simple.join} onChange={(event) => chooseSegment({ ...simple, join: event.currentTarget.value as Simple["join"] })}>
            <option value="all">All hold</option>
            <option value="any">Any holds</option>
          </select>
        </label>
      )}
      <ul class="chips" aria-label="Conditions">
        {simple.conditions.map((condition, n) => {
          const words = `${nameOf(catalogue, condition)} ${conditionWords(condition)}`;
          return (
            <li key={n} class="chip">
              <span>{words}</span>
              <button type="button" aria-label={`Remove: ${words}`} onClick={() => drop(n)}>
                ×
              </button>
            </li>
          );
        })}
        {nested && (
          <li class="chip">
            <span title={JSON.stringify(segment.value.json)}>A segment of its own</span>
            <button type="button" aria-label="Remove the segment" onClick={() => drop(0)}>
              ×
            </button>
          </li>
        )}
      </ul>
      <button type="button" class="quiet" ref={opener} hidden={nested} aria-expanded={adding} onClick={() => setAdding(!adding)}>
        {simple.conditions.length ? "Add condition" : "Filter sessions"}
      </button>
      {adding && catalogue && (
        <Adding
          catalogue={catalogue}
          onAdd={(condition) => {
            chooseSegment({ ...simple, conditions: [...simple.conditions, condition] });
            leave();
          }}
          onLeave={leave}
        />
      )}
    </div>
  );
}

/** What has no meaning for one session is not offered; the server would refuse it with a reason. */
const asked = (dimension: Dimension): boolean =>
  !["event-type", "media-path", "previous-content", "next-content"].includes(dimension.id) &&
  (dimension.kind !== "time" || dimension.id === "hour-of-day" || dimension.id === "day-of-week");

const summed = (metric: Metric): boolean => ["count", "sum"].includes(metric.kind) && !metric.id.includes(".");

interface AddingProps {
  catalogue: Catalogue;
  onAdd: (condition: Condition) => void;
  onLeave: () => void;
}

function Adding({ catalogue, onAdd, onLeave }: AddingProps) {
  const [subject, setSubject] = useState("dimension content");
  const [op, setOp] = useState<Operator>("=");
  const [kind, id] = subject.split(" ") as [Condition["kind"], string];
  const dimension = kind === "dimension" ? catalogue.dimensions.find((one) => one.id === id) : undefined;
  const known = useValues(valued(dimension));
  const list = useId();
  const numeric = kind === "metric" || dimension?.unit === "integer";
  const operators = OPERATORS.filter((one) => !(kind === "metric" && one === "contains"));
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget as HTMLFormElement).get("value") ?? "");
    const value = valueOf(op, typed, numeric);
    if (value !== null) onAdd({ kind, id, op, value });
  };
  return (
    <form class="adding" aria-label="New condition" onSubmit={onSubmit} onKeyDown={(event) => event.key === "Escape" && onLeave()}>
      <label>
        <span>Sessions whose</span>
        <select
          value={subject}
          autofocus
          onChange={(event) => {
            setSubject(event.currentTarget.value);
            if (event.currentTarget.value.startsWith("metric") && op === "contains") setOp("=");
          }}
        >
          <optgroup label="Dimensions">
            {catalogue.dimensions.filter(asked).map((one) => (
              <option key={one.id} value={`dimension ${one.id}`}>
                {one.name}
              </option>
            ))}
          </optgroup>
          <optgroup label="Metrics">
            {catalogue.metrics.filter(summed).map((one) => (
              <option key={one.id} value={`metric ${one.id}`}>
                {one.name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label>
        <span class="visually-hidden">Comparison</span>
        <select value={op} onChange={(event) => setOp(event.currentTarget.value as Operator)}>
          {operators.map((one) => (
            <option key={one} value={one}>
              {OPERATOR_WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      <Value op={op} numeric={kind === "metric"} list={list} />
      <datalist id={list}>
        {known.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
      <button type="submit" class="quiet">
        Add
      </button>
      <button type="button" class="quiet" onClick={onLeave}>
        Cancel
      </button>
    </form>
  );
}

function Value({ op, numeric, list }: { op: Operator; numeric: boolean; list: string }) {
  if (op === "exists")
    return (
      <label>
        <span class="visually-hidden">Value</span>
        <select name="value">
          <option value="yes">yes</option>
          <option value="no">no</option>
        </select>
      </label>
    );
  return (
    <label>
      <span class="visually-hidden">Value</span>
      <input
        name="value"
        required
        autocomplete="off"
        spellcheck={false}
        list={list}
        inputMode={numeric ? "decimal" : "text"}
        placeholder={op === "in" ? "one, another" : "Value"}
      />
    </label>
  );
}

const valued = (dimension: Dimension | undefined): string | null =>
  dimension && dimension.grain === "session" && dimension.kind !== "time" ? dimension.id : null;
