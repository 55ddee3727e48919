/** Numbers and times as people read them. Pure; times in ms, durations in seconds unless the name says otherwise. */

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const ratio = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

export const number = (value: number): string => (Number.isInteger(value) ? count.format(value) : ratio.format(value));

/** 65 is "1:05", 3661 is "1:01:01"; fractions are cut. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** From here on, seconds, the minutes beside hours say nothing any more: a thousand hours. */
export const LONG_S = 3_600_000;

/** 65 is "1 min 5 s", 59 is "59 s", 7260 is "2 h 1 min", 7260000 is "2,017 h". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole >= LONG_S) return `${count.format(whole / 3600)} h`;
  const parts: [number, string][] =
    whole < 3600
      ? [[Math.floor(whole / 60), "min"], [whole % 60, "s"]]
      : [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "min"]];
  return parts.filter(([n], i) => i === 0 || n > 0).map(([n, unit]) => `${n} ${unit}`).join(" ");
}

/** How long ago, coarsely: "now", "8 s", "3 min", "2 h", "5 d". */
export function age(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export const ago = (ms: number): string => (ms < 2000 ? "now" : `${age(ms)} ago`);

/** Steps for an axis of `span`, at most `most` of them, from the ones people count in. */
export function stepOf(span: number, most: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];
  return steps.find((step) => span / step <= most) ?? 86400;
}

/** At most so many characters of a name: its middle goes, because names of a series differ at their end. */
export function shortened(name: string, most: number): string {
  const letters = [...name];
  if (letters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - end).join("").trimEnd()}…${letters.slice(-end).join("").trimStart()}`;
}

/** "media.adBreakStart" is "adBreakStart". */
export const shortType = (eventType: string): string => eventType.replace(/^media\./, "");

/** The first and last characters of a long id. */
export const shortId = (id: string): string => (id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id);
