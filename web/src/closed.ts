/** Shares of the sessions that closed. Pure. Law: both numbers of a share are on the row of the close, so none is above one (decision 0058). */
import { numbers, type ReportAnswer } from "./ask.ts";

/** Main content was reached, or never: every session is one of the two when it closes. */
export const CLOSED = ["content-starts", "drops-before-start"] as const;

export const share = (part: number | null | undefined, whole: number | null | undefined): number | null =>
  whole && part !== null && part !== undefined ? part / whole : null;

type Rows = Pick<ReportAnswer, "columns" | "rows">;

/** How many sessions closed, by row. The report has the metrics of `CLOSED`; `prefix` is "compare:" for those before. */
export function closed(report: Rows, prefix = ""): number[] {
  const [reached, dropped] = CLOSED.map((id) => numbers(report, prefix + id)) as [(number | null)[], (number | null)[]];
  return reached.map((value, n) => (value ?? 0) + (dropped[n] ?? 0));
}

/** The same of all rows together. */
export const closedInAll = ({ totals }: Pick<ReportAnswer, "totals">, prefix = ""): number =>
  CLOSED.reduce((sum, id) => sum + (totals[prefix + id] ?? 0), 0);

/** A metric that counts sessions, as a share of those that closed. */
export function shares(report: Rows, id: string, prefix = ""): (number | null)[] {
  const whole = closed(report, prefix);
  return numbers(report, prefix + id).map((value, n) => share(value, whole[n]));
}
