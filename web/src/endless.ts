/**
 * Live content, which has no end to be reached. Pure. Law: a completion rate of it alone is a dash on every page; the API has the quotient
 * that metrics.md 6.5 writes down, which is nought.
 */
import type { Cell, ReportAnswer, ReportQuestion } from "./ask.ts";
import type { SegmentJson } from "./segments.ts";

/** Content of this length is live (metrics.md 1.5). */
export const DAY_S = 86_400;

export const isLive = ({ length }: { length: number }): boolean => length === DAY_S;

/** Rates of how many reached the end, and what each is of. */
const RATES: Readonly<Record<string, string>> = { "content-completion-rate": "content-starts", "media-completion-rate": "media-starts" };
const VALUES_MOST = 1000;
const ROWS_MOST = 50_000;

const ratesOf = ({ metrics }: ReportQuestion): string[] => metrics.filter((id) => id in RATES);

/**
 * How many of the sessions of the rows that completed nothing were of content with an end; null where no row needs it.
 *
 * `first`: whether a segment can ask for the first dimension; then only those rows are asked for.
 */
export function recordedQuestion(question: ReportQuestion, answer: ReportAnswer, first: boolean): ReportQuestion | null {
  const rates = ratesOf(question);
  const isNought = (row: Cell[]) => rates.some((id) => row[answer.columns.lastIndexOf(id)] === 0);
  const none = answer.rows.filter(isNought);
  const all = rates.some((id) => answer.totals[id] === 0);
  if (none.length === 0 && !all) return null;
  const { sort: _, cursor: __, compare: ___, segment, ...rest } = question;
  const [dimension] = question.dimensions ?? [];
  const values = [...new Set(none.map((row) => row[question.granularity ? 1 : 0]))];
  const narrowed: SegmentJson[] = first && dimension && !all && values.length <= VALUES_MOST ? [{ dimension, op: "in", value: values }] : [];
  const recorded: SegmentJson = { dimension: "content-length", op: "!=", value: DAY_S };
  return {
    ...rest,
    metrics: [...new Set(rates.map((id) => RATES[id] as string))],
    segment: { all: [...(segment ? [segment] : []), recorded, ...narrowed] },
    limit: ROWS_MOST,
    totals: all,
  };
}

/** The answer with null for the completion of what was live only; `endless`: whether there was any. */
export function withoutEnd(question: ReportQuestion, answer: ReportAnswer, recorded: ReportAnswer | null): { answer: ReportAnswer; endless: boolean } {
  if (recorded === null || recorded.cursor !== null) return { answer, endless: false };
  const words = (question.granularity ? 1 : 0) + (question.dimensions?.length ?? 0);
  const keyOf = (row: Cell[]) => JSON.stringify(row.slice(0, words));
  const rowOf = new Map(recorded.rows.map((row) => [keyOf(row), row]));
  let endless = false;
  const places = ratesOf(question).map((id) => ({
    rate: answer.columns.lastIndexOf(id),
    before: answer.columns.lastIndexOf(`compare:${id}`),
    starts: recorded.columns.lastIndexOf(RATES[id] as string),
  }));
  const rows = answer.rows.map((row) => {
    const held = rowOf.get(keyOf(row));
    const live = places.filter(({ rate, starts }) => row[rate] === 0 && !held?.[starts]);
    if (live.length === 0) return row;
    endless = true;
    return row.map((cell, n) => (live.some(({ rate, before }) => n === rate || (n === before && cell === 0)) ? null : cell));
  });
  const totals = { ...answer.totals };
  for (const id of ratesOf(question)) {
    if (totals[id] !== 0 || recorded.totals[RATES[id] as string]) continue;
    endless = true;
    totals[id] = null;
    if (totals[`compare:${id}`] === 0) totals[`compare:${id}`] = null;
  }
  return { answer: { ...answer, rows, totals }, endless };
}
