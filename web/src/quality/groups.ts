/** Which of some groups of sessions is worst. Pure. Law: a group of too few sessions is never called worst (decision 0057). */

/** One value of a dimension, with its numbers by column. */
export interface Group {
  value: string | number | boolean;
  sessions: number;
  numbers: Record<string, number | null>;
}

const ENOUGH_LEAST = 30;
const ENOUGH_SHARE = 0.01;

/** How many sessions a group must have to be compared with others. */
export const enoughOf = (sessions: number): number => Math.max(ENOUGH_LEAST, Math.ceil(sessions * ENOUGH_SHARE));

/**
 * The groups with the worst value of a column: the largest, of a bitrate the smallest. None unless two groups have enough sessions
 * and the value is worse than that of all sessions together: where all are alike, none is worst.
 */
export function worstOf(groups: readonly Group[], column: string, whole: number | null, enough: number, lowest = false): ReadonlySet<Group> {
  const able = groups.filter((group) => group.sessions >= enough && group.numbers[column] !== null && group.numbers[column] !== undefined);
  if (able.length < 2 || whole === null) return new Set();
  const sign = lowest ? -1 : 1;
  const most = Math.max(...able.map((group) => sign * (group.numbers[column] as number)));
  return most > sign * whole ? new Set(able.filter((group) => sign * (group.numbers[column] as number) === most)) : new Set();
}

/** In the order of a column (`-` before it: descending); "name" is the value, "sessions" their number. Groups of too few sessions come last. */
export function inOrder(groups: readonly Group[], sort: string, enough: number): Group[] {
  const down = sort.startsWith("-");
  const column = down ? sort.slice(1) : sort;
  const keyOf = (group: Group) => (column === "name" ? group.value : column === "sessions" ? group.sessions : (group.numbers[column] ?? null));
  const rank = (group: Group) => (column !== "name" && column !== "sessions" && group.sessions < enough ? 1 : 0);
  return groups.toSorted((a, b) => rank(a) - rank(b) || compare(keyOf(a), keyOf(b), down) || b.sessions - a.sessions);
}

type Key = string | number | boolean | null;

/** What is missing comes last, whichever way. */
function compare(a: Key, b: Key, down: boolean): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  return down ? -order : order;
}
