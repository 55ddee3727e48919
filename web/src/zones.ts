/** Time zones by their IANA names. Pure. A "wall" is what a clock there shows, as ms of the same digits in UTC. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  formats.set(zone, made);
  return made;
}

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** All there are, UTC first. */
export const zones = (): string[] => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

/** What the clocks of a zone show at an instant. */
export function wallAt(ms: number, zone: string): number {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
}

/** When the clocks of a zone show this; the first of two times, and of a time left out, when it would have been. */
export function instantOf(wall: number, zone: string): number {
  const offset = (at: number) => wallAt(at, zone) - at;
  const before = wall - offset(wall - 86_400_000);
  if (before + offset(before) === wall) return before;
  const after = wall - offset(wall + 86_400_000);
  return after + offset(after) === wall ? after : before;
}

/** RFC 3339 of an instant, in UTC. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/** "2026-01-05T14:00" of a wall, as date fields have it, and back. */
export const fieldOf = (wall: number): string => new Date(wall).toISOString().slice(0, 16);
export const wallOf = (field: string): number => Date.parse(`${field}Z`);

/** The wall of a time the server wrote with the offset of the zone asked for. */
export const wallOfTime = (time: string): number => Date.parse(`${time.slice(0, 19)}Z`);
