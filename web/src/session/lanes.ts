/**
 * From the API's timeline to what is drawn: lanes of bars along an axis, and what holds at a place on it. Pure.
 *
 * The axis is wall clock, in ms since the start, or the playhead, in ms of content.
 */
import type { Span, Timeline } from "../api.ts";

export interface Bar {
  from: number;
  until: number;
  kind: string;
  label: string;
}

export interface Lane {
  id: string;
  title: string;
  bars: Bar[];
}

export interface Mark {
  at: number;
  label: string;
}

/** A stretch of one bitrate, kbit/s. */
export interface Level {
  from: number;
  until: number;
  kbps: number;
}

export interface Drawing {
  startMs: number;
  /** Length in ms, at least one second, so that there is something to draw on. */
  length: number;
  player: Lane;
  lanes: Lane[];
  /** The curve: over wall clock the playhead in seconds, over the playhead the wall clock in seconds since the start. */
  points: Point[];
  /** Largest of the curve. */
  top: number;
  levels: Level[];
  errors: Mark[];
  /** Instants where something changes, ascending, each once. */
  stops: number[];
}

export interface Point {
  at: number;
  value: number;
}

export const PLAYER_WORDS: Record<string, string> = {
  starting: "Starting",
  playing: "Playing",
  paused: "Paused",
  buffering: "Buffering",
  stalled: "Stalled",
  ad: "Ad",
  gap: "In break",
  ended: "Ended",
};

interface Named extends Span {
  name: string | null;
  friendlyName?: string | null;
  ordinal?: number;
}

export function drawingOf(timeline: Timeline): Drawing {
  const startMs = Date.parse(timeline.from);
  const ms = (at: string) => Date.parse(at) - startMs;
  const player: Lane = {
    id: "player",
    title: "Player",
    bars: timeline.player.map((bar) => ({
      from: ms(bar.from),
      until: ms(bar.until),
      kind: bar.state,
      label: PLAYER_WORDS[bar.state] ?? bar.state,
    })),
  };
  const lanes: Lane[] = [];
  const named = (kind: string, word: string) => (bar: Named): Bar => ({
    from: ms(bar.from),
    until: ms(bar.until),
    kind,
    label: bar.friendlyName || bar.name || `${word} ${bar.ordinal ?? ""}`.trim(),
  });
  if (timeline.ads.length) lanes.push({ id: "ads", title: "Ads", bars: timeline.ads.map(named("ad", "Ad")) });
  if (timeline.chapters.length) lanes.push({ id: "chapters", title: "Chapters", bars: timeline.chapters.map(named("chapter", "Chapter")) });
  for (const name of new Set(timeline.states.map((state) => state.name))) {
    const bars = timeline.states.filter((state) => state.name === name).map(named("state", name));
    lanes.push({ id: `state ${name}`, title: name, bars });
  }
  const points = timeline.playhead.map((point) => ({ at: ms(point.at), value: point.playhead }));
  const errors = timeline.errors.map((error) => ({ at: ms(error.at), label: error.name }));
  const bars = [player, ...lanes].flatMap((lane) => lane.bars);
  const ends = [...bars.flatMap((bar) => [bar.from, bar.until]), ...points.map((point) => point.at), ...errors.map((error) => error.at)];
  const length = largest([ms(timeline.until), ...ends, 1000]);
  const levels = timeline.bitrate.map(({ at, kbps }, n) => {
    const next = timeline.bitrate[n + 1];
    return { from: ms(at), until: next ? ms(next.at) : length, kbps };
  });
  return { startMs, length, player, lanes, points, top: largest([1, ...points.map((point) => point.value)]), levels, errors, stops: stopsOf(ends) };
}

/** Not by spreading into Math.max: a day of events is more than a call takes. */
const largest = (values: number[]): number => values.reduce((most, value) => Math.max(most, value), -Infinity);
const stopsOf = (ends: number[]): number[] => [...new Set([0, ...ends.filter((at) => at >= 0)])].sort((a, b) => a - b);

/** Playing covers more content than time passed by this much at most; more is a jump, of which nothing between was seen. */
const FASTEST = 2.5;
const SLACK_MS = 2000;

/** Where in the content a stretch of time was, ascending in time: stretches played without a jump, and places where the playhead stood. */
function placesOf(points: Point[], from: number, until: number): [number, number][] {
  const cuts = [from, ...points.map((point) => point.at).filter((at) => from < at && at < until), until];
  const found: [number, number][] = [];
  for (const [n, end] of cuts.entries()) {
    const begin = cuts[n - 1];
    if (begin === undefined) continue;
    const low = (playheadAt(points, begin) ?? 0) * 1000;
    const high = (playheadBefore(points, end) ?? 0) * 1000;
    const jump = high < low || high - low > (end - begin) * FASTEST + SLACK_MS;
    const last = found.at(-1);
    if (!jump && last && last[1] === low) last[1] = high;
    else found.push(jump ? [low, low] : [low, high]);
  }
  return found;
}

/** The same over the playhead: where in the content each thing was, and the wall clock as the curve. */
export function overPlayhead(drawing: Drawing): Drawing {
  const { points } = drawing;
  const spread = <T extends { from: number; until: number }>(bars: T[]): T[] =>
    bars.flatMap((bar) => placesOf(points, bar.from, bar.until).map(([from, until]) => ({ ...bar, from, until })));
  const lane = (one: Lane): Lane => ({ ...one, bars: spread(one.bars) });
  const turned = points.map(({ at, value }) => ({ at: value * 1000, value: at / 1000 }));
  const errors = drawing.errors.map(({ at, label }) => ({ at: (playheadAt(points, at) ?? 0) * 1000, label }));
  const player = lane(drawing.player);
  const lanes = drawing.lanes.map(lane);
  const ends = [...[player, ...lanes].flatMap(({ bars }) => bars.flatMap((bar) => [bar.from, bar.until])), ...turned.map(({ at }) => at), ...errors.map(({ at }) => at)];
  const length = largest([...ends, 1000]);
  return { ...drawing, length, player, lanes, points: turned, top: drawing.length / 1000, levels: spread(drawing.levels), errors, stops: stopsOf(ends) };
}

/** The bar that holds at an instant; where two touch, the later one. */
export const barAt = (lane: Lane, at: number): Bar | undefined =>
  lane.bars.findLast((bar) => bar.from <= at && (at < bar.until || (at === bar.until && bar.from < bar.until)));

/** The playhead at an instant, on the line between the two points around it; null before the first. Points ascend in time. */
export function playheadAt(points: Point[], at: number): number | null {
  return between(points, points.findIndex((point) => point.at > at), at);
}

/** The same as the instant is reached: of several points of one instant, the first counts. */
function playheadBefore(points: Point[], at: number): number | null {
  return between(points, points.findIndex((point) => point.at >= at), at);
}

function between(points: Point[], after: number, at: number): number | null {
  const before = points[after === -1 ? points.length - 1 : after - 1];
  const next = after === -1 ? undefined : points[after];
  if (!before) return next && next.at === at ? next.value : null;
  if (!next) return before.value;
  return before.value + ((next.value - before.value) * (at - before.at)) / (next.at - before.at);
}

/** The curve where the line first comes to a place; of a curve that goes back and forth. Null: it never does. */
export function firstAt(points: Point[], at: number): number | null {
  for (const [n, { at: until, value }] of points.entries()) {
    const before = points[n - 1];
    if (until === at) return value;
    if (before && before.at < at && at < until) return before.value + ((value - before.value) * (at - before.at)) / (until - before.at);
  }
  return null;
}
