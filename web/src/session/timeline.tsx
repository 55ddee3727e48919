/** The session over wall clock or over its content: player, bitrate, ads, chapters, states, errors; read with the pointer or the arrow keys. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Timeline } from "../api.ts";
import { clock, number } from "../format.ts";
import { query, setQuery } from "../router.ts";
import { timeOfDay } from "../times.ts";
import { type Bar, barAt, type Drawing, drawingOf, firstAt, overPlayhead, PLAYER_WORDS, playheadAt } from "./lanes.ts";
import { AXIS, LEFT, layoutOf, Picture, RIGHT, type Scale } from "./plot.tsx";

/** The shortest stretch that is shown, ms. */
const SHORTEST = 1000;
/** A pointer that moved less did not mean to choose a stretch, pixels. */
const DRAGGED = 8;

type Ends = readonly [from: number, until: number];

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}

interface Reading {
  label: string;
  value: string;
}

/** What holds at a place of the axis, in words, always the same lines so that nothing jumps. */
function readingsAt(drawing: Drawing, at: number, overContent: boolean): Reading[] {
  const playhead = overContent ? at / 1000 : playheadAt(drawing.points, at);
  const elapsed = overContent ? firstAt(drawing.points, at) : at / 1000;
  const held = (id: string) => {
    const lane = drawing.lanes.find((one) => one.id === id);
    return lane && barAt(lane, at)?.label;
  };
  const states = drawing.lanes.filter((lane) => lane.id.startsWith("state ") && barAt(lane, at)).map((lane) => lane.title);
  const error = drawing.errors.find((one) => Math.abs(one.at - at) < 1);
  const level = drawing.levels.findLast((one) => one.from <= at && at <= one.until);
  return [
    { label: "Time", value: elapsed === null ? "–" : `${timeOfDay(drawing.startMs + elapsed * 1000)} (${clock(elapsed)})` },
    { label: "Playhead", value: playhead === null ? "–" : clock(playhead) },
    { label: "Player", value: barAt(drawing.player, at)?.label ?? "–" },
    { label: "Bitrate", value: level ? `${number(level.kbps)} kbps` : "–" },
    { label: "Ad", value: held("ads") ?? "–" },
    { label: "Chapter", value: held("chapters") ?? "–" },
    { label: error ? "Error" : "States", value: error ? error.label : states.join(", ") || "–" },
  ];
}

function Legend({ bars }: { bars: Bar[] }) {
  const kinds = Object.keys(PLAYER_WORDS).filter((kind) => bars.some((bar) => bar.kind === kind));
  return (
    <ul class="legend" aria-label="Colours of the player lane">
      {kinds.map((kind) => (
        <li key={kind} class={`bar ${kind}`}>
          {PLAYER_WORDS[kind]}
        </li>
      ))}
    </ul>
  );
}

/** The stretch the address names, in ms; all of it if none does. */
function endsOfAddress(length: number): Ends {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(query.value.get("zoom") ?? "");
  const [from, until] = found ? [Number(found[1]) * 1000, Math.min(Number(found[2]) * 1000, length)] : [0, length];
  return until - from >= SHORTEST ? [from, until] : [0, length];
}

/** Show a stretch from now on; the whole has no place in the address. */
function show([from, until]: Ends, length: number): void {
  const wide = Math.min(Math.max(until - from, SHORTEST), length);
  const first = Math.min(Math.max(from, 0), length - wide);
  const whole = wide >= length;
  setQuery({ zoom: whole ? "" : `${(first / 1000).toFixed(1)}-${((first + wide) / 1000).toFixed(1)}` });
}

/** The stretch around a place, so many times as long. */
const scaled = ([from, until]: Ends, around: number, by: number): Ends => [around - (around - from) * by, around + (until - around) * by];

interface ToolsProps {
  overContent: boolean;
  ends: Ends;
  length: number;
}

function Tools({ overContent, ends, length }: ToolsProps) {
  const middle = (ends[0] + ends[1]) / 2;
  const whole = ends[1] - ends[0] >= length;
  return (
    <div class="plot-tools">
      <fieldset class="segments" aria-label="Axis">
        {([["", "Wall clock"], ["playhead", "Playhead"]] as const).map(([value, words]) => (
          <label key={value}>
            <input type="radio" name="axis" checked={overContent === (value !== "")} onChange={() => setQuery({ axis: value, zoom: "" }, { back: true })} />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <span class="zoom" role="group" aria-label="Zoom">
        <button type="button" class="quiet" aria-label="Zoom in" disabled={ends[1] - ends[0] <= SHORTEST} onClick={() => show(scaled(ends, middle, 0.5), length)}>
          +
        </button>
        <button type="button" class="quiet" aria-label="Zoom out" disabled={whole} onClick={() => show(scaled(ends, middle, 2), length)}>
          −
        </button>
        <button type="button" class="quiet" disabled={whole} onClick={() => show([0, length], length)}>
          Whole session
        </button>
      </span>
    </div>
  );
}

/** Where an arrow key leads; undefined: it is no such key. */
function placeAfter(key: string, drawing: Drawing, cursor: number, wide: number): number | undefined {
  const { stops } = drawing;
  const to: Record<string, number | undefined> = {
    ArrowRight: stops.find((stop) => stop > cursor) ?? cursor,
    ArrowLeft: stops.findLast((stop) => stop < cursor) ?? cursor,
    PageDown: stops.find((stop) => stop >= cursor + wide / 10) ?? cursor,
    PageUp: stops.findLast((stop) => stop <= cursor - wide / 10) ?? 0,
    Home: 0,
    End: drawing.length,
  };
  return to[key];
}

export function TimelineView({ timeline }: { timeline: Timeline }) {
  const overContent = query.value.get("axis") === "playhead";
  const drawing = useMemo(() => (overContent ? overPlayhead(drawingOf(timeline)) : drawingOf(timeline)), [timeline, overContent]);
  const { box, width } = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const [grabbed, setGrabbed] = useState<number | null>(null);
  const { length } = drawing;
  const ends = endsOfAddress(length);
  const [from, until] = ends;
  const wide = until - from;
  const cursor = Math.min(at ?? until, length);
  const room = Math.max(width - LEFT - RIGHT, 1);
  const scale: Scale = { from, until, x: (ms) => LEFT + ((ms - from) / wide) * room };
  const layout = layoutOf(drawing);
  const readings = readingsAt(drawing, cursor, overContent);

  // Drawn once, not with every move of the pointer.
  const picture = useMemo(
    () => <Picture drawing={drawing} layout={layout} scale={scale} curve={overContent ? "Wall clock since the start" : "Playhead"} />,
    [drawing, width, from, until],
  );

  const placeOf = (event: PointerEvent): number => {
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    return from + Math.min(Math.max((event.clientX - left - LEFT) / room, 0), 1) * wide;
  };
  const far = (to: number): boolean => grabbed !== null && Math.abs(scale.x(to) - scale.x(grabbed)) >= DRAGGED;
  const release = (event: PointerEvent) => {
    const to = placeOf(event);
    if (grabbed !== null && far(to)) show([Math.min(grabbed, to), Math.max(grabbed, to)], length);
    setGrabbed(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const zoomed: Record<string, Ends> = { "+": scaled(ends, cursor, 0.5), "=": scaled(ends, cursor, 0.5), "-": scaled(ends, cursor, 2), "0": [0, length] };
    const stretch = zoomed[event.key];
    const to = placeAfter(event.key, drawing, cursor, wide);
    if (!stretch && to === undefined) return;
    event.preventDefault();
    if (stretch) show(stretch, length);
    if (to === undefined) return;
    setAt(to);
    if (to < from || to > until) show([to - wide / 2, to + wide / 2], length);
  };
  const leave = () => {
    setAt(null);
    setGrabbed(null);
  };

  return (
    <div class="timeline">
      <Tools overContent={overContent} ends={ends} length={length} />
      <dl class="readings">
        {readings.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      <div
        ref={box}
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label="Instant of the session"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.round(length / 1000)}
        aria-valuenow={Math.round(cursor / 1000)}
        aria-valuetext={readings.map(({ label, value }) => `${label} ${value}`).join(", ")}
        onKeyDown={key}
        onPointerMove={(event) => setAt(placeOf(event))}
        onPointerDown={(event) => {
          setAt(placeOf(event));
          if (event.button === 0) setGrabbed(placeOf(event));
        }}
        onPointerUp={release}
        onPointerLeave={leave}
        onPointerCancel={leave}
        onBlur={leave}
      >
        <svg width={width} height={layout.bottom + AXIS} aria-hidden="true">
          {picture}
          {grabbed !== null && at !== null && far(at) && (
            <rect class="chosen" x={scale.x(Math.min(grabbed, at))} y={0} width={Math.abs(scale.x(at) - scale.x(grabbed))} height={layout.bottom} />
          )}
          {at !== null && at >= from && at <= until && <line class="cursor" x1={scale.x(at)} x2={scale.x(at)} y1={20} y2={layout.bottom} />}
        </svg>
      </div>
      <Legend bars={drawing.player.bars} />
    </div>
  );
}
