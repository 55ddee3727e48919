/** Values gathered into the bars of a distribution. Pure. */

/** How many sessions had a value, and had it in the period before. */
export interface Counted {
  value: number;
  sessions: number;
  before: number | null;
}

export interface Bin {
  name: string;
  sessions: number;
  before: number | null;
}

/** Time to start is in whole seconds: each of the first ten has its bar, then they widen. Beginnings, in seconds. */
const START_EDGES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30, 60];
const START_BARS_LEAST = 6;
const BITRATE_STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
const BITRATE_BARS_MOST = 12;

function gathered(counted: readonly Counted[], edges: readonly number[], name: (n: number) => string): Bin[] {
  const compared = counted.some((one) => one.before !== null);
  const bins = edges.map((_, n): Bin => ({ name: name(n), sessions: 0, before: compared ? 0 : null }));
  for (const { value, sessions, before } of counted) {
    const bin = bins[edges.findLastIndex((edge) => edge <= value)];
    if (!bin) continue;
    bin.sessions += sessions;
    if (compared) bin.before = (bin.before ?? 0) + (before ?? 0);
  }
  return bins;
}

/** Of time to start, in seconds, up to the last bar that has any. */
export function startBins(counted: readonly Counted[]): Bin[] {
  const name = (n: number) => {
    const [from, next] = [START_EDGES[n] as number, START_EDGES[n + 1]];
    return next === undefined ? `${from} s or more` : next === from + 1 ? `${from} s` : `${from}–${next - 1} s`;
  };
  const bins = gathered(counted, START_EDGES, name);
  const last = bins.findLastIndex((bin) => bin.sessions || bin.before);
  return bins.slice(0, Math.max(START_BARS_LEAST, last + 1));
}

/** Of bitrates, in kbit/s, given by the beginnings of their steps of 100: all bars as wide as each other. */
export function bitrateBins(counted: readonly Counted[]): Bin[] {
  const some = counted.filter((one) => one.sessions || one.before);
  if (some.length === 0) return [];
  const [least, most] = [Math.min(...some.map((one) => one.value)), Math.max(...some.map((one) => one.value))];
  const barsOf = (step: number) => Math.floor(most / step) - Math.floor(least / step) + 1;
  const step = BITRATE_STEPS.find((one) => barsOf(one) <= BITRATE_BARS_MOST) ?? most;
  const from = Math.floor(least / step) * step;
  const edges = Array.from({ length: barsOf(step) }, (_, n) => from + n * step);
  return gathered(some, edges, (n) => `${edges[n]}–${(edges[n] as number) + step - 1}`);
}
