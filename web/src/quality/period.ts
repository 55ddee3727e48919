/** The numbers of the period that most of the Quality page is made of: totals, and their course over time. */
import { useRef } from "preact/hooks";
import { type Answered, numbers, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { CLOSED, closedInAll, share, shares } from "../closed.ts";
import { type Granularity, granularityOf, sparseGranularityOf } from "../ranges.ts";
import type { Measured } from "../units.ts";
import { bounds, compared, range } from "../view.ts";

export const LEFT: Measured = { id: "drop-before-start-rate", unit: "ratio" };
/** Of a share of sessions. */
export const SHARE: Measured = { id: "share", unit: "ratio" };
export const SECONDS: Measured = { id: "time-to-start", unit: "seconds" };
export const STREAMS: Measured = { id: "sessions", unit: "streams" };
export const KBPS: Measured = { id: "average-bitrate", unit: "kbps" };
export const BUFFERING: Measured = { id: "content-buffer-duration-rate", unit: "ratio" };

export const PERCENTILES = ["time-to-start.p50", "time-to-start.p75", "time-to-start.p95", "time-to-start.p99"];
const METRICS = [
  ...CLOSED, ...PERCENTILES, "drop-before-start-rate", "buffer-impacted-streams", "content-buffer-duration-rate", "stall-impacted-streams",
  "error-impacted-streams", "average-bitrate", "average-bitrate.p50",
];
const ROWS_MOST = 5000;
/** Sessions a stretch of time should have in the mean: shares and percentiles of fewer are noise. */
const SESSIONS_A_STRETCH = 20;

export interface Course {
  report: ReportAnswer;
  granularity: Granularity;
}

function useCourse(granularity: Granularity | null): Answered<Course> {
  const question = granularity && { ...bounds.value, ...compared.value, metrics: METRICS, granularity, limit: ROWS_MOST };
  return useAnswer(question && JSON.stringify(question), async (signal) => {
    const asked = question as NonNullable<typeof question>;
    return { report: await postReport(asked, signal), granularity: asked.granularity };
  });
}

/** The period by few stretches, and by as many as have enough sessions to draw. */
export function usePeriod(): { period: Answered<Course>; course: Answered<Course> } {
  const sparse = sparseGranularityOf(range.value);
  const fine = granularityOf(range.value);
  const period = useCourse(sparse);
  const sessions = period.answer ? closedInAll(period.answer.report) : 0;
  const stretches = (range.value.untilMs - range.value.fromMs) / LENGTHS_MS[fine];
  const finer = period.state === "ready" && fine !== sparse && sessions >= SESSIONS_A_STRETCH * stretches;
  const more = useCourse(finer ? fine : null);
  const chosen = useRef(finer);
  if (period.state === "ready") chosen.current = finer; // until then what is shown stays
  return { period, course: chosen.current ? more : period };
}

const MINUTE = 60_000;
const LENGTHS_MS: Record<Granularity, number> = {
  second: 1000, minute: MINUTE, "5-minutes": 5 * MINUTE, "15-minutes": 15 * MINUTE, "30-minutes": 30 * MINUTE, hour: 60 * MINUTE,
  day: 1440 * MINUTE, week: 7 * 1440 * MINUTE, month: 30 * 1440 * MINUTE,
};

export const isCompared = ({ columns }: ReportAnswer): boolean => columns.some((name) => name.startsWith("compare:"));

/** The columns of a metric now and, if compared, before; `shared`: it counts sessions, as a share of those that closed. */
export function course(report: ReportAnswer, id: string, shared = false): { values: (number | null)[]; valuesBefore?: (number | null)[] } {
  const read = (prefix: string) => (shared ? shares(report, id, prefix) : numbers(report, prefix + id));
  return isCompared(report) ? { values: read(""), valuesBefore: read("compare:") } : { values: read("") };
}

/** The same of the totals. */
export function total(report: ReportAnswer, id: string, shared = false): { value: number | null | undefined; before?: number | null | undefined } {
  const read = (prefix: string) => {
    const value = report.totals[prefix + id];
    return shared ? share(value, closedInAll(report, prefix)) : value;
  };
  return isCompared(report) ? { value: read(""), before: read("compare:") } : { value: read("") };
}
