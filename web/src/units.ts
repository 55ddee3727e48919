/** Numbers of metrics by their unit, as people read them. Pure. */
import { clock, duration, LONG_S, stepOf } from "./format.ts";

export type Unit = "count" | "streams" | "seconds" | "kbps" | "ratio" | "text" | "integer";
/** As much of a metric as its looks depend on. */
export interface Measured {
  id: string;
  unit: string;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A share is shown in per cent; other quotients (ads a session) as numbers. */
export const isShare = ({ id, unit }: Measured): boolean => unit === "ratio" && /(-rate|^share)$/.test(id);

const shareText = (value: number) => (value !== 0 && Math.abs(value) < 0.1 ? two : one).format(value * 100);

/** A number on its own: "1 h 5 min", "1.37" "s", "12.3" "%". */
export function alone(value: number | null | undefined, metric: Measured): { text: string; unit: string } {
  if (value === null || value === undefined) return { text: "–", unit: "" };
  if (isShare(metric)) return { text: shareText(value), unit: "%" };
  switch (metric.unit) {
    case "seconds":
      return value < 60 ? { text: (Number.isInteger(value) ? whole : two).format(value), unit: "s" } : { text: duration(value), unit: "" };
    case "kbps":
      return { text: whole.format(value), unit: "kbps" };
    case "ratio":
      return { text: two.format(value), unit: "" };
    default:
      return { text: whole.format(value), unit: "" };
  }
}

/** The same as one text. */
export function spoken(value: number | null | undefined, metric: Measured): string {
  const { text, unit } = alone(value, metric);
  return unit ? `${text} ${unit}` : text;
}

/** How a column of numbers is written, so that all of them line up: the unit stands in the heading, once. */
export function column(metric: Measured, values: readonly (number | null)[]): { unit: string; text: (value: number | null) => string } {
  const known = values.filter((value) => value !== null);
  const made = (unit: string, write: (value: number) => string) => ({ unit, text: (value: number | null) => (value === null ? "–" : write(value)) });
  if (isShare(metric)) {
    const small = known.some((value) => value !== 0 && Math.abs(value) < 0.01);
    return made("%", (value) => (small ? two : one).format(value * 100));
  }
  if (metric.unit === "seconds") {
    if (known.some((value) => Math.abs(value) >= LONG_S)) return made("h", (value) => one.format(value / 3600));
    if (known.some((value) => Math.abs(value) >= 60)) return made("h:min:s", (value) => hms(value));
    return made("s", known.every(Number.isInteger) ? whole.format : two.format);
  }
  if (metric.unit === "ratio") return made("", two.format);
  if (metric.unit === "kbps") return made("kbps", whole.format);
  return made("", known.every(Number.isInteger) ? whole.format : one.format);
}

/** 65 is "0:01:05": the same places in every line. */
export function hms(seconds: number): string {
  const text = clock(seconds);
  return text.split(":").length === 3 ? text : `0:${text.padStart(5, "0")}`;
}

/** On an axis, short: "1.2K", "40 min", "3 h". */
export function tick(value: number, metric: Measured): string {
  if (isShare(metric)) return `${Number((value * 100).toFixed(2))}%`;
  if (metric.unit === "seconds") {
    if (value === 0) return "0";
    if (value < 60) return `${Number(value.toFixed(2))} s`;
    if (value < 3600) return `${Number((value / 60).toFixed(1))} min`;
    return `${short.format(value / 3600)} h`;
  }
  return Math.abs(value) < 10 ? String(Number(value.toPrecision(3))) : short.format(value);
}

/** Hours that people count in, at axes of more than half a day. */
const HOURS = [1, 2, 5].map((one) => one * 3600);
const AXIS_TICKS = 5;

/** Where the words of an axis from nought stand, if not where counting by tens puts them: times at whole minutes and hours, shares up to all. */
export function axisOf(metric: Measured, values: readonly (number | null)[]): { max?: number; interval?: number } {
  const most = values.reduce<number>((held, value) => Math.max(held, value ?? 0), 0);
  if (isShare(metric)) return most > 0.8 && most <= 1 ? { max: 1, interval: 0.25 } : {};
  if (metric.unit !== "seconds" || most < 60) return {};
  let interval = stepOf(most, AXIS_TICKS);
  if (interval >= 43_200) {
    const tens = 10 ** Math.floor(Math.log10(most / AXIS_TICKS / 3600));
    interval = [...HOURS, 36_000].map((hours) => hours * tens).find((step) => most / step <= AXIS_TICKS) as number;
  }
  return { interval, max: Math.ceil(most / interval) * interval };
}

const DAY_MS = 86_400_000;
const DAY_STEPS = [1, 2, 7, 14, 28, 56];

/** Days that an axis of time from wall to wall names, evenly; none of an axis that is short, or of years: those have words by hours or months. */
export function daysOf(low: number, high: number, most: number): number[] {
  const days = (high - low) / DAY_MS;
  const step = DAY_STEPS.find((one) => days / one <= most);
  if (days < 8 || step === undefined) return [];
  const first = Math.ceil(low / DAY_MS);
  return Array.from({ length: Math.floor((high / DAY_MS - first) / step) + 1 }, (_, n) => (first + n * step) * DAY_MS);
}

/** Change from what was before: "+12.3 %", of shares "+1.2 points"; empty where there is nothing to compare with. */
export function change(value: number | null | undefined, before: number | null | undefined, metric: Measured): string {
  if (value === null || value === undefined || before === null || before === undefined) return "";
  const signed = (number: number, unit: string, format = one) => `${number > 0 ? "+" : number < 0 ? "−" : "±"}${format.format(Math.abs(number))} ${unit}`;
  if (isShare(metric)) {
    const points = (value - before) * 100;
    return signed(points, "points", points !== 0 && Math.abs(points) < 0.1 ? two : one);
  }
  if (before === 0) return value === 0 ? "±0.0 %" : "";
  return signed((value / before - 1) * 100, "%");
}

const dayWords = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
const dayShort = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const dayYear = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
const minuteWords = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });
const secondWords = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const monthWords = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", month: "long", year: "numeric" });

/** "5 Jan": a wall at an axis. */
export const dayTick = (wall: number): string => dayShort.format(wall);

/** A stretch of time by its beginning, on the clock of the zone ("wall", see zones.ts): "Mon 5 Jan, 14:00". */
export function stretch(wall: number, granularity: string): string {
  if (granularity === "month") return monthWords.format(wall);
  const day = dayWords.format(wall).replace(",", "");
  if (granularity === "day") return day;
  if (granularity === "week") return `Week from ${day}`;
  return `${day}, ${(granularity === "second" ? secondWords : minuteWords).format(wall)}`;
}

/** "5 Jan 2026 – 11 Jan 2026"; with times where it does not begin and end with a day. */
export function rangeWords(fromField: string, untilField: string): string {
  const [from, until] = [fromField, untilField].map((field) => Date.parse(`${field}Z`)) as [number, number];
  const at = (wall: number) => `${dayYear.format(wall)}, ${minuteWords.format(wall)}`;
  if (from % 86_400_000 || until % 86_400_000) {
    const sameDay = fromField.slice(0, 10) === untilField.slice(0, 10);
    return `${at(from)} – ${sameDay ? minuteWords.format(until) : at(until)}`;
  }
  const last = until - 86_400_000;
  return last === from ? dayYear.format(from) : `${dayYear.format(from)} – ${dayYear.format(last)}`;
}
