/** The session over wall clock: playhead, player, ads, chapters, states, errors; read with the pointer or the arrow keys. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Timeline } from "../api.ts";
import { clock, stepOf } from "../format.ts";
import { timeOfDay } from "../times.ts";
import { type Bar, barAt, type Drawing, drawingOf, type Lane, PLAYER_WORDS, playheadAt } from "./lanes.ts";

const CURVE = 112;
const TITLE = 20;
const BAR = 20;
const GAP = 10;
const AXIS = 26;
const LEFT = 44;
const RIGHT = 12;

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

function LaneBars({ lane, y, x }: { lane: Lane; y: number; x: (at: number) => number }) {
  return (
    <g>
      <text class="lane-title" x={LEFT} y={y + 13}>
        {lane.title}
      </text>
      {lane.bars.map((bar, n) => {
        const left = x(bar.from);
        const wide = Math.max(x(bar.until) - left, 1.5);
        const fits = wide > bar.label.length * 6.4 + 14;
        return (
          <g key={n} class={`bar ${bar.kind}`}>
            <rect x={left} y={y + TITLE} width={wide} height={BAR} rx={Math.min(3, wide / 2)} />
            {fits && (
              <text x={left + 7} y={y + TITLE + 14}>
                {bar.label}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function Curve({ drawing, x }: { drawing: Drawing; x: (at: number) => number }) {
  const step = stepOf(drawing.playheadMax, 4);
  const top = Math.max(drawing.playheadMax, step);
  const y = (playhead: number) => TITLE + CURVE - (playhead / top) * (CURVE - 6);
  const lines = Array.from({ length: Math.floor(top / step) + 1 }, (_, n) => n * step);
  const first = drawing.points[0];
  const last = drawing.points.at(-1);
  const path = drawing.points.map((point, n) => `${n ? "L" : "M"}${x(point.at).toFixed(1)},${y(point.playhead).toFixed(1)}`).join("");
  return (
    <g>
      <text class="lane-title" x={LEFT} y={13}>
        Playhead
      </text>
      {lines.map((playhead) => (
        <g key={playhead}>
          <line class="grid" x1={LEFT} x2={x(drawing.length)} y1={y(playhead)} y2={y(playhead)} />
          <text class="tick end" x={LEFT - 8} y={y(playhead) + 4}>
            {clock(playhead)}
          </text>
        </g>
      ))}
      {first && last && <path class="area" d={`${path}L${x(last.at)},${y(0)}L${x(first.at)},${y(0)}Z`} />}
      <path class="curve" d={path} />
      {drawing.points.length <= 60 && drawing.points.map((point, n) => <circle key={n} class="point" cx={x(point.at)} cy={y(point.playhead)} r={2.2} />)}
    </g>
  );
}

function Axis({ drawing, x, y }: { drawing: Drawing; x: (at: number) => number; y: number }) {
  const seconds = drawing.length / 1000;
  const step = stepOf(seconds, Math.max(2, Math.floor((x(drawing.length) - LEFT) / 80)));
  return (
    <g>
      {Array.from({ length: Math.floor(seconds / step) + 1 }, (_, n) => n * step).map((s) => (
        <g key={s}>
          <line class="grid" x1={x(s * 1000)} x2={x(s * 1000)} y1={TITLE} y2={y} />
          <text class={s === 0 ? "tick" : "tick middle"} x={x(s * 1000)} y={y + 17}>
            {clock(s)}
          </text>
        </g>
      ))}
    </g>
  );
}

interface Reading {
  label: string;
  value: string;
}

/** What holds at an instant, in words, always the same lines so that nothing jumps. */
function readingsAt(drawing: Drawing, at: number): Reading[] {
  const playhead = playheadAt(drawing.points, at);
  const held = (id: string) => {
    const lane = drawing.lanes.find((one) => one.id === id);
    return lane && barAt(lane, at)?.label;
  };
  const states = drawing.lanes.filter((lane) => lane.id.startsWith("state ") && barAt(lane, at)).map((lane) => lane.title);
  const error = drawing.errors.find((one) => Math.abs(one.at - at) < 1);
  return [
    { label: "Time", value: `${timeOfDay(drawing.startMs + at)} (${clock(at / 1000)})` },
    { label: "Playhead", value: playhead === null ? "–" : clock(playhead) },
    { label: "Player", value: barAt(drawing.player, at)?.label ?? "–" },
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

export function TimelineView({ timeline }: { timeline: Timeline }) {
  const drawing = useMemo(() => drawingOf(timeline), [timeline]);
  const { box, width } = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const cursor = Math.min(at ?? drawing.length, drawing.length);
  const x = (ms: number) => LEFT + (Math.min(Math.max(ms, 0), drawing.length) / drawing.length) * Math.max(width - LEFT - RIGHT, 1);
  const lanes = [drawing.player, ...drawing.lanes];
  const top = TITLE + CURVE + GAP;
  const laneY = (n: number) => top + n * (TITLE + BAR + GAP);
  const errorsY = laneY(lanes.length);
  const bottom = errorsY + (drawing.errors.length ? TITLE + BAR + GAP : 0);
  const readings = readingsAt(drawing, cursor);

  // Drawn once, not with every move of the pointer.
  const picture = useMemo(
    () => (
      <>
        <Axis drawing={drawing} x={x} y={bottom} />
        <Curve drawing={drawing} x={x} />
        {lanes.map((lane, n) => (
          <LaneBars key={lane.id} lane={lane} y={laneY(n)} x={x} />
        ))}
        {drawing.errors.length > 0 && (
          <g class="errors">
            <text class="lane-title" x={LEFT} y={errorsY + 13}>
              Errors
            </text>
            {drawing.errors.map((error, n) => (
              <path key={n} d={`M${x(error.at)},${errorsY + TITLE + 2}l7,14h-14z`} />
            ))}
          </g>
        )}
      </>
    ),
    [drawing, width],
  );

  const point = (event: PointerEvent) => {
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    const share = (event.clientX - left - LEFT) / Math.max(width - LEFT - RIGHT, 1);
    setAt(Math.min(Math.max(share, 0), 1) * drawing.length);
  };
  const key = (event: KeyboardEvent) => {
    const { stops } = drawing;
    const to: Record<string, number | undefined> = {
      ArrowRight: stops.find((stop) => stop > cursor),
      ArrowLeft: stops.findLast((stop) => stop < cursor),
      PageDown: stops.find((stop) => stop >= cursor + drawing.length / 10),
      PageUp: stops.findLast((stop) => stop <= cursor - drawing.length / 10) ?? 0,
      Home: 0,
      End: drawing.length,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    setAt(to[event.key] ?? cursor);
  };

  return (
    <div class="timeline">
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
        aria-valuemax={Math.round(drawing.length / 1000)}
        aria-valuenow={Math.round(cursor / 1000)}
        aria-valuetext={readings.map(({ label, value }) => `${label} ${value}`).join(", ")}
        onKeyDown={key}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
      >
        <svg width={width} height={bottom + AXIS} aria-hidden="true">
          {picture}
          {at !== null && <line class="cursor" x1={x(cursor)} x2={x(cursor)} y1={TITLE} y2={bottom} />}
        </svg>
      </div>
      <Legend bars={drawing.player.bars} />
    </div>
  );
}
