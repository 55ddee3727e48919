/** From the API's timeline to what is drawn: lanes of bars in ms since the start, and what holds at an instant. Pure. */
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

export interface Drawing {
  startMs: number;
  /** Length in ms, at least one second, so that there is something to draw on. */
  length: number;
  player: Lane;
  lanes: Lane[];
  points: { at: number; playhead: number }[];
  playheadMax: number;
  errors: Mark[];
  /** Instants where something changes, ascending, each once. */
  stops: number[];
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
  const points = timeline.playhead.map((point) => ({ at: ms(point.at), playhead: point.playhead }));
  const errors = timeline.errors.map((error) => ({ at: ms(error.at), label: error.name }));
  const bars = [player, ...lanes].flatMap((lane) => lane.bars);
  const ends = [...bars.flatMap((bar) => [bar.from, bar.until]), ...points.map((point) => point.at), ...errors.map((error) => error.at)];
  return {
    startMs,
    length: Math.max(ms(timeline.until), ...ends, 1000),
    player,
    lanes,
    points,
    playheadMax: Math.max(1, ...points.map((point) => point.playhead)),
    errors,
    stops: [...new Set([0, ...ends.filter((at) => at >= 0)])].sort((a, b) => a - b),
  };
}

/** The bar that holds at an instant; where two touch, the later one. */
export const barAt = (lane: Lane, at: number): Bar | undefined =>
  lane.bars.findLast((bar) => bar.from <= at && (at < bar.until || (at === bar.until && bar.from < bar.until)));

/** The playhead at an instant, on the line between the two points around it; null before the first. */
export function playheadAt(points: Drawing["points"], at: number): number | null {
  const after = points.findIndex((point) => point.at > at);
  const before = points[after === -1 ? points.length - 1 : after - 1];
  if (!before) return null;
  const next = after === -1 ? undefined : points[after];
  if (!next) return before.playhead;
  return before.playhead + ((next.playhead - before.playhead) * (at - before.at)) / (next.at - before.at);
}
