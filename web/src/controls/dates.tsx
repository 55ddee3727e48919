/** Range of time: presets, or two date fields. */
import { useState } from "preact/hooks";
import { PRESETS } from "../ranges.ts";
import { chooseCompare, chooseCustom, choosePreset, comparing, range } from "../view.ts";

export function Dates() {
  const { name, fromField, untilField } = range.value;
  const [opened, setOpened] = useState(false);
  const custom = opened || name === "custom";
  return (
    <>
      <fieldset class="segments" aria-label="Range of time">
        {PRESETS.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="range"
              checked={!custom && name === value}
              onChange={() => {
                setOpened(false);
                choosePreset(value);
              }}
            />
            <span>{label}</span>
          </label>
        ))}
        <label>
          <input type="radio" name="range" checked={custom} onChange={() => setOpened(true)} />
          <span>Custom</span>
        </label>
      </fieldset>
      {custom && <Custom key={`${fromField} ${untilField}`} from={fromField} until={untilField} onDone={() => setOpened(false)} />}
    </>
  );
}

function Custom({ from, until, onDone }: { from: string; until: string; onDone: () => void }) {
  const [wrong, setWrong] = useState(false);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const [first, last] = [String(fields.get("from")), String(fields.get("until"))];
    if (!first || !last || last <= first) {
      setWrong(true);
      return;
    }
    setWrong(false);
    onDone();
    chooseCustom(first, last);
  };
  return (
    <form class="custom-range" onSubmit={onSubmit}>
      <label>
        <span>From</span>
        <input type="datetime-local" name="from" required value={from} />
      </label>
      <label>
        <span>Until</span>
        <input type="datetime-local" name="until" required value={until} />
      </label>
      <button type="submit" class="quiet">
        Show
      </button>
      {wrong && <p role="alert">The end must be later than the beginning.</p>}
    </form>
  );
}

export function Compare() {
  return (
    <label class="check">
      <input type="checkbox" checked={comparing.value} onChange={(event) => chooseCompare(event.currentTarget.checked)} />
      <span>Compare with the period before</span>
    </label>
  );
}
