/** What is drawn of a session along an axis, between two places of it. */
import { clock, number, stepOf } from "../format.ts";
import type { Drawing, Lane, Level } from "./lanes.ts";

const CURVE = 112;
const LEVELS = 44;
const TITLE = 20;
const BAR = 20;
const GAP = 10;
export const AXIS = 26;
export const LEFT = 58;
export const RIGHT = 12;
/** What the viewer waited in is striped where no word stands in it, so that it is told from the rest without colour. */
const WAITING = new Set(["buffering", "stalled"]);
/** What took no time or content is still seen. */
const THINNEST = 2.5;

/** From ms to pixels, between the two ends shown. */
export interface Scale {
  from: number;
  until: number;
  x: (at: number) => number;
}

/** Where things stand, from the top down. */
export interface Layout {
  levelsY: number;
  laneY: (n: number) => number;
  errorsY: number;
  bottom: number;
}

export function layoutOf(drawing: Drawing): Layout {
  const levelsY = TITLE + CURVE + GAP;
  const lanesY = levelsY + (drawing.levels.length ? TITLE + LEVELS + GAP : 0);
  const laneY = (n: number) => lanesY + n * (TITLE + BAR + GAP);
  const errorsY = laneY(drawing.lanes.length + 1);
  return { levelsY, laneY, errorsY, bottom: errorsY + (drawing.errors.length ? TITLE + BAR + GAP : 0) };
}

const within = ({ from, until }: Scale) => (bar: { from: number; until: number }): boolean => bar.until >= from && bar.from <= until;

function LaneBars({ lane, y, scale }: { lane: Lane; y: number; scale: Scale }) {
  const [first, last] = [scale.x(scale.from), scale.x(scale.until)];
  return (
    <g>
      {lane.bars.filter(within(scale)).map((bar, n) => {
        const left = Math.max(scale.x(bar.from), first - 4);
        const wide = Math.max(Math.min(scale.x(bar.until), last + 4) - left, THINNEST);
        const fits = wide > bar.label.length * 6.4 + 14;
        return (
          <g key={n} class={`bar ${bar.kind}`}>
            <rect x={left} y={y + TITLE} width={wide} height={BAR} rx={Math.min(3, wide / 2)} />
            {!fits && WAITING.has(bar.kind) && <rect class="stripes" x={left} y={y + TITLE} width={wide} height={BAR} fill={`url(#stripes-${bar.kind})`} />}
            {fits && (
              <text x={Math.max(left, first) + 7} y={y + TITLE + 14}>
                {bar.label}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

const heightOf = (top: number) => {
  const step = stepOf(top, 4);
  const most = Math.max(top, step);
  return { step, most, y: (value: number) => TITLE + CURVE - (value / most) * (CURVE - 6) };
};

function Curve({ drawing, scale }: { drawing: Drawing; scale: Scale }) {
  const { y } = heightOf(drawing.top);
  const { points } = drawing;
  const [first, last] = [points[0], points.at(-1)];
  const path = points.map((point, n) => `${n ? "L" : "M"}${scale.x(point.at).toFixed(1)},${y(point.value).toFixed(1)}`).join("");
  const seen = points.filter(({ at }) => at >= scale.from && at <= scale.until);
  return (
    <>
      {first && last && <path class="area" d={`${path}L${scale.x(last.at)},${y(0)}L${scale.x(first.at)},${y(0)}Z`} />}
      <path class="curve" d={path} />
      {seen.length <= 60 && seen.map((point, n) => <circle key={n} class="point" cx={scale.x(point.at)} cy={y(point.value)} r={2.2} />)}
    </>
  );
}

/** Bitrates as a line of steps; where nothing is known there is none. */
function Levels({ levels, y, scale }: { levels: Level[]; y: number; scale: Scale }) {
  const most = levels.reduce((top, level) => Math.max(top, level.kbps), 1);
  const at = (kbps: number) => y + TITLE + LEVELS - (kbps / most) * (LEVELS - 2);
  return (
    <g class="levels">
      {levels.filter(within(scale)).map((level, n) => {
        const [left, right] = [scale.x(level.from), Math.max(scale.x(level.until), scale.x(level.from) + THINNEST)];
        return <path key={n} d={`M${left.toFixed(1)},${at(level.kbps).toFixed(1)}H${right.toFixed(1)}`} />;
      })}
    </g>
  );
}

function Titles({ drawing, layout, curve }: { drawing: Drawing; layout: Layout; curve: string }) {
  const lanes = [drawing.player, ...drawing.lanes];
  const { step, most, y } = heightOf(drawing.top);
  const highest = drawing.levels.reduce((top, level) => Math.max(top, level.kbps), 0);
  return (
    <g>
      <text class="lane-title" x={LEFT} y={13}>
        {curve}
      </text>
      {Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step).map((value) => (
        <text key={value} class="tick end" x={LEFT - 8} y={y(value) + 4}>
          {clock(value)}
        </text>
      ))}
      {drawing.levels.length > 0 && (
        <text class="lane-title" x={LEFT} y={layout.levelsY + 13}>
          Bitrate, at most {number(highest)} kbps
        </text>
      )}
      {lanes.map((lane, n) => (
        <text key={lane.id} class="lane-title" x={LEFT} y={layout.laneY(n) + 13}>
          {lane.title}
        </text>
      ))}
      {drawing.errors.length > 0 && (
        <text class="lane-title" x={LEFT} y={layout.errorsY + 13}>
          Errors
        </text>
      )}
    </g>
  );
}

function Grid({ drawing, layout, scale }: { drawing: Drawing; layout: Layout; scale: Scale }) {
  const seconds = (scale.until - scale.from) / 1000;
  const right = scale.x(scale.until);
  const step = stepOf(seconds, Math.max(2, Math.floor((right - LEFT) / 80)));
  const first = Math.ceil(scale.from / 1000 / step) * step;
  const count = Math.max(0, Math.floor((scale.until / 1000 - first) / step) + 1);
  const heights = heightOf(drawing.top);
  return (
    <g>
      {Array.from({ length: Math.floor(heights.most / heights.step) + 1 }, (_, n) => heights.y(n * heights.step)).map((y) => (
        <line key={y} class="grid" x1={LEFT} x2={right} y1={y} y2={y} />
      ))}
      {Array.from({ length: count }, (_, n) => first + n * step).map((s) => (
        <g key={s}>
          <line class="grid" x1={scale.x(s * 1000)} x2={scale.x(s * 1000)} y1={TITLE} y2={layout.bottom} />
          <text class={scale.x(s * 1000) < LEFT + 14 ? "tick" : "tick middle"} x={scale.x(s * 1000)} y={layout.bottom + 17}>
            {clock(s)}
          </text>
        </g>
      ))}
    </g>
  );
}

interface PictureProps {
  drawing: Drawing;
  layout: Layout;
  scale: Scale;
  /** What the curve is. */
  curve: string;
}

export function Picture({ drawing, layout, scale, curve }: PictureProps) {
  const left = scale.x(scale.from);
  return (
    <>
      <pattern id="stripes-buffering" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="stripe" width="2" height="6" />
      </pattern>
      <pattern id="stripes-stalled" width="5" height="5" patternUnits="userSpaceOnUse">
        <rect class="stripe" width="5" height="2" />
      </pattern>
      <clipPath id="plot-inside">
        <rect x={left - 3} y={0} width={Math.max(scale.x(scale.until) - left, 0) + 6} height={layout.bottom} />
      </clipPath>
      <Grid drawing={drawing} layout={layout} scale={scale} />
      <Titles drawing={drawing} layout={layout} curve={curve} />
      <g clip-path="url(#plot-inside)">
        <Curve drawing={drawing} scale={scale} />
        {drawing.levels.length > 0 && <Levels levels={drawing.levels} y={layout.levelsY} scale={scale} />}
        {[drawing.player, ...drawing.lanes].map((lane, n) => (
          <LaneBars key={lane.id} lane={lane} y={layout.laneY(n)} scale={scale} />
        ))}
        <g class="errors">
          {drawing.errors.map((error, n) => (
            <path key={n} d={`M${scale.x(error.at)},${layout.errorsY + TITLE + 2}l7,14h-14z`} />
          ))}
        </g>
      </g>
    </>
  );
}
