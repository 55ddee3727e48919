/** The ranges of time people ask for. Pure: now and the zone are given. */
import { fieldOf, instantOf, rfc3339, wallAt, wallOf } from "./zones.ts";

export const PRESETS = [
  ["today", "Today"],
  ["yesterday", "Yesterday"],
  ["7d", "7 days"],
  ["28d", "28 days"],
  ["month", "This month"],
] as const;
export type Preset = (typeof PRESETS)[number][0];
export const PRESET_USUAL: Preset = "7d";

/** Half open, as the API takes it; `fromMs` and `untilMs` are the same instants. */
export interface Period {
  from: string;
  until: string;
  fromMs: number;
  untilMs: number;
}

export interface Range extends Period {
  /** "custom", or the preset; presets of the present end now and move on. */
  name: Preset | "custom";
  /** What date fields show of it: wall clock of the zone. */
  fromField: string;
  untilField: string;
  /** As long, and as far back as its pattern repeats: the day, the week, the month before. */
  before: Period;
}

const DAY = 86_400_000;

function period(fromMs: number, untilMs: number): Period {
  return { from: rfc3339(fromMs), until: rfc3339(untilMs), fromMs, untilMs };
}

const startOfDay = (wall: number) => Math.floor(wall / DAY) * DAY;

function monthBack(wall: number): number {
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1) + (wall - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
}

function ranged(name: Range["name"], from: number, until: number, back: number, zone: string, untilBack = until - (from - back)): Range {
  return {
    name,
    fromField: fieldOf(from),
    untilField: fieldOf(until),
    before: period(instantOf(back, zone), instantOf(untilBack, zone)),
    ...period(instantOf(from, zone), instantOf(until, zone)),
  };
}

/** The range of a preset at an instant; what is of today ends with the minute that runs. */
export function presetRange(name: Preset, nowMs: number, zone: string): Range {
  const now = wallAt(Math.ceil((nowMs + 1) / 60_000) * 60_000, zone);
  const today = startOfDay(now - 1);
  switch (name) {
    case "today":
      return ranged(name, today, now, today - DAY, zone);
    case "yesterday":
      return ranged(name, today - DAY, today, today - 2 * DAY, zone);
    case "7d":
      return ranged(name, today - 6 * DAY, now, today - 13 * DAY, zone);
    case "28d":
      return ranged(name, today - 27 * DAY, now, today - 55 * DAY, zone);
    case "month": {
      const first = new Date(today);
      const from = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1);
      return ranged(name, from, now, monthBack(from), zone, Math.min(monthBack(now), from));
    }
  }
}

/** A range by what date fields hold; null: they hold no range. */
export function customRange(fromField: string, untilField: string, zone: string): Range | null {
  const [from, until] = [wallOf(fromField), wallOf(untilField)];
  if (Number.isNaN(from) || Number.isNaN(until) || until <= from) return null;
  return ranged("custom", from, until, from - (until - from), zone);
}

export type Granularity = "second" | "minute" | "5-minutes" | "15-minutes" | "30-minutes" | "hour" | "day" | "week" | "month";

/** Stretches a chart of this length is drawn by: some dozens to a few hundred of them. */
export function granularityOf({ fromMs, untilMs }: Period): Granularity {
  const hours = (untilMs - fromMs) / 3_600_000;
  if (hours <= 3) return "minute";
  if (hours <= 12) return "5-minutes";
  if (hours <= 36) return "30-minutes";
  if (hours <= 24 * 8) return "hour";
  if (hours <= 24 * 100) return "day";
  return hours <= 24 * 800 ? "week" : "month";
}

/** The same for a chart as large as a stamp: so few that its course is seen, not its noise. */
export function sparseGranularityOf({ fromMs, untilMs }: Period): Granularity {
  const hours = (untilMs - fromMs) / 3_600_000;
  if (hours <= 3) return "5-minutes";
  if (hours <= 12) return "30-minutes";
  if (hours <= 24 * 2) return "hour";
  if (hours <= 24 * 100) return "day";
  return hours <= 24 * 800 ? "week" : "month";
}
