/** The one set of controls of all pages: range of time, comparison, time zone, segment. All of it is in the address. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { rangeWords } from "../units.ts";
import { comparing, range } from "../view.ts";
import { Compare, Dates } from "./dates.tsx";
import { SegmentControl } from "./segment.tsx";
import { ZoneChoice } from "./zone.tsx";

interface ControlsProps {
  /** Whether the page can show the period before beside this one. */
  compare?: boolean;
  /** Whether the page is about a range of time now. */
  dates?: boolean;
  /** What it is about else, in words; said where the choices are folded away. */
  otherwise?: string;
  /** A choice before the range. */
  children?: ComponentChildren;
}

export function Controls({ compare = false, dates = true, otherwise, children }: ControlsProps) {
  const { fromField, untilField } = range.value;
  const [opened, setOpened] = useState(false);
  const kind = `${opened ? " opened" : ""}${dates ? "" : " dateless"}`;
  return (
    <search class={`controls${kind}`} aria-label="Range and segment">
      {(dates || children) && (
        <div class="controls-row foldable">
          {children}
          {dates && <Dates />}
          {compare && <Compare />}
        </div>
      )}
      <div class="controls-row">
        {dates ? (
          <p class="range-words">
            {rangeWords(fromField, untilField)}
            {compare && comparing.value && <span class="folded-words">, compared</span>}
          </p>
        ) : (
          otherwise && <p class="range-words folded-words">{otherwise}</p>
        )}
        {/* On a narrow page the choices are folded away: the numbers come first. */}
        <button type="button" class="quiet unfold" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          {opened ? "Done" : "Change"}
        </button>
        <SegmentControl />
        <ZoneChoice />
      </div>
    </search>
  );
}
