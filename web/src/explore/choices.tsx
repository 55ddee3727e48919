/** What is asked: metrics, dimensions, stretches of time; what the server refuses is said beside it. */
import { useState } from "preact/hooks";
import { type Catalogue, type Dimension, type Grain, reasonsAt } from "../ask.ts";
import type { Granularity } from "../ranges.ts";
import { ask, asked, dimensionOf, GRANULARITIES, metricOf } from "./question.ts";

const GRAINS: [Grain, string][] = [["session", "Sessions"], ["ad", "Ads"], ["chapter", "Chapters"], ["state", "Player states"]];
const CUSTOM = "custom:";
const STATE = "state:";

function Reasons({ error, path, id }: { error: Error | null; path: string; id: string }) {
  const reasons = reasonsAt(error, path);
  return reasons.length ? (
    <p class="reason" role="alert" id={id}>
      {reasons.join("; ")}
    </p>
  ) : null;
}

export function Choices({ catalogue, error }: { catalogue: Catalogue; error: Error | null }) {
  const { granularity } = asked.value;
  return (
    <div class="choices" role="group" aria-label="Question">
      <Metrics catalogue={catalogue} error={error} />
      <div class="form-row">
        <DimensionChoice catalogue={catalogue} place={0} label="By" error={error} />
        {asked.value.by.length > 0 && <DimensionChoice catalogue={catalogue} place={1} label="and by" error={error} />}
        <label>
          <span>In stretches of</span>
          <select value={granularity} onChange={(event) => ask({ granularity: event.currentTarget.value as Granularity | "" })}>
            <option value="">The whole range</option>
            {GRANULARITIES.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Reasons error={error} path="dimensions" id="reason-dimensions" />
      <Reasons error={error} path="granularity" id="reason-granularity" />
      <Reasons error={error} path="sort" id="reason-sort" />
    </div>
  );
}

/** A metric of a player state of one's own: which state, and what of it. */
function StateMetric({ onAdd, onLeave }: { onAdd: (id: string) => void; onLeave: () => void }) {
  return (
    <form
      class="form-row"
      aria-label="Metric of a player state"
      onKeyDown={(event) => event.key === "Escape" && onLeave()}
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        const name = String(fields.get("name")).trim();
        if (name) onAdd(`${STATE}${name}:${String(fields.get("kind"))}`);
      }}
    >
      <label>
        <span>Player state</span>
        <input name="name" required autofocus placeholder="Its name" autocomplete="off" spellcheck={false} />
      </label>
      <label>
        <span class="visually-hidden">What of it</span>
        <select name="kind">
          <option value="count">Times it was on</option>
          <option value="streams-impacted">Streams that had it</option>
          <option value="total-duration">Time it was on</option>
        </select>
      </label>
      <button type="submit" class="quiet">
        Add
      </button>
      <button type="button" class="quiet" onClick={onLeave}>
        Cancel
      </button>
    </form>
  );
}

function Metrics({ catalogue, error }: { catalogue: Catalogue; error: Error | null }) {
  const { metrics } = asked.value;
  const [naming, setNaming] = useState(false);
  const add = (id: string) => {
    setNaming(false);
    if (!metrics.includes(id)) ask({ metrics: [...metrics, id] });
  };
  return (
    <>
      <div class="form-row">
        <ul class="chips" aria-label="Metrics">
          {metrics.map((id) => {
            const { name, definition } = metricOf(catalogue, id);
            return (
              <li key={id} class="chip">
                <span title={definition}>{name}</span>
                <button
                  type="button"
                  aria-label={`Remove ${name}`}
                  disabled={metrics.length === 1}
                  onClick={() => ask({ metrics: metrics.filter((one) => one !== id) })}
                >
                  ×
                </button>
              </li>
            );
          })}
        </ul>
        <label>
          <span class="visually-hidden">Add a metric</span>
          <select
            value=""
            onChange={(event) => {
              const id = event.currentTarget.value;
              event.currentTarget.value = "";
              if (id === STATE) setNaming(true);
              else if (id) add(id);
            }}
          >
            <option value="">Add a metric</option>
            {GRAINS.map(([grain, title]) => (
              <optgroup key={grain} label={title}>
                {catalogue.metrics
                  .filter((metric) => metric.grain === grain && !metrics.includes(metric.id))
                  .map((metric) => (
                    <option key={metric.id} value={metric.id}>
                      {metric.name}
                    </option>
                  ))}
              </optgroup>
            ))}
            <option value={STATE}>Player state of your own …</option>
          </select>
        </label>
      </div>
      {naming && <StateMetric onAdd={add} onLeave={() => setNaming(false)} />}
      <Reasons error={error} path="metrics" id="reason-metrics" />
    </>
  );
}

interface ChoiceProps {
  catalogue: Catalogue;
  place: 0 | 1;
  label: string;
  error: Error | null;
}

function DimensionChoice({ catalogue, place, label, error }: ChoiceProps) {
  const { by } = asked.value;
  const chosen = by[place] ?? "";
  const [naming, setNaming] = useState(false);
  const choose = (id: string) => {
    const next = [...by];
    if (id) next[place] = id;
    else next.splice(place, place === 0 ? 2 : 1);
    ask({ by: next });
  };
  const wrong = reasonsAt(error, `dimensions[${place}]`).length > 0 || (place === 0 && reasonsAt(error, "dimensions").length > 0 && by.length < 2);
  const offered = (dimension: Dimension) => dimension.id === chosen || !by.includes(dimension.id);
  return (
    <>
      <label>
        <span>{label}</span>
        <select
          value={naming ? CUSTOM : chosen}
          aria-invalid={wrong}
          aria-describedby={wrong ? "reason-dimensions" : undefined}
          onChange={(event) => {
            const id = event.currentTarget.value;
            setNaming(id === CUSTOM);
            if (id !== CUSTOM) choose(id);
          }}
        >
          <option value="">Nothing</option>
          {chosen.startsWith(CUSTOM) && <option value={chosen}>{dimensionOf(catalogue, chosen).name}</option>}
          {GRAINS.map(([grain, title]) => (
            <optgroup key={grain} label={title}>
              {catalogue.dimensions.filter((one) => one.grain === grain && offered(one)).map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </optgroup>
          ))}
          <option value={CUSTOM}>Custom metadata …</option>
        </select>
      </label>
      {naming && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get("name")).trim();
            if (!name) return;
            setNaming(false);
            choose(CUSTOM + name);
          }}
        >
          <label>
            <span class="visually-hidden">Name of the custom metadata</span>
            <input name="name" required autofocus placeholder="Name, then Enter" autocomplete="off" />
          </label>
        </form>
      )}
    </>
  );
}
