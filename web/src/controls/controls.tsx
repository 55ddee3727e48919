/** The one set of controls of all pages: range of time, comparison, time zone, segment. All of it is in the address. */
import { rangeWords } from "../units.ts";
import { range } from "../view.ts";
import { Compare, Dates } from "./dates.tsx";
import { SegmentControl } from "./segment.tsx";
import { ZoneChoice } from "./zone.tsx";

interface ControlsProps {
  /** Whether the page can show the period before beside this one. */
  compare?: boolean;
}

export function Controls({ compare = false }: ControlsProps) {
  const { fromField, untilField } = range.value;
  return (
    <search class="controls" aria-label="Range and segment">
      <div class="controls-row">
        <Dates />
        {compare && <Compare />}
      </div>
      <div class="controls-row">
        <p class="range-words">{rangeWords(fromField, untilField)}</p>
        <SegmentControl />
        <ZoneChoice />
      </div>
    </search>
  );
}
