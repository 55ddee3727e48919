/** What the Content page asks: all titles, or one. */
import { type Answered, cells, type Freshness, numbers, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { CLOSED, shares } from "../closed.ts";
import { isLive } from "../endless.ts";
import type { SegmentJson } from "../segments.ts";
import { bounds, boundsWith, compared, range } from "../view.ts";
import { sparseGranularityOf } from "../ranges.ts";

/** Titles in the list; of more, the search asks the server. */
export const TITLES_MOST = 1000;
const NAMES_MOST = 5000;
const STRETCHES_MOST = 5000;

export const PROGRESS = ["progress-10", "progress-25", "progress-50", "progress-75", "progress-95"];
const OF_TITLES = [
  "media-starts", "viewers", "content-time-spent", "content-completes", "content-completion-rate", "drop-before-start-rate",
  "content-buffer-duration-rate", "error-impacted-streams", ...CLOSED, ...PROGRESS,
];
export const OF_TITLE = [
  "media-starts", "viewers", "content-time-spent", "avg-content-time-spent", "content-completion-rate", "drop-before-start-rate",
  "content-buffer-duration-rate", "error-impacted-streams", ...CLOSED,
];

export const isContent = (content: string): SegmentJson => ({ dimension: "content", op: "=", value: content });

export interface Title {
  id: string;
  /** The id where no name was sent. */
  name: string;
  /** Seconds; 0: not known. */
  length: number;
  starts: number;
  viewers: number;
  time: number;
  contentStarts: number;
  completes: number;
  /** Null of live content, and where nothing started. */
  completion: number | null;
  dropped: number | null;
  buffering: number | null;
  errors: number | null;
  /** Content starts that viewed the point at 10, 25, 50, 75, 95 %, and the end; shares. Empty of live content. */
  reach: number[];
  /** Content starts that did not reach the end; null of live content, and where nothing started. */
  lost: number | null;
}

/** The value of a second dimension that most starts of each content have: the report has the largest first. */
export function usual(report: ReportAnswer): Map<string, string> {
  const contents = cells(report, "content").map(String);
  const [, second = ""] = report.columns;
  return new Map(cells(report, second).map((value, n): [string, string] => [contents[n] ?? "", String(value)]).toReversed());
}

export interface Titles {
  titles: Title[];
  /** Whether there are more. */
  more: boolean;
  freshness: Freshness;
}

function titlesOf(report: ReportAnswer, names: Map<string, string>, lengths: Map<string, string>): Title[] {
  const column = (id: string) => numbers(report, id);
  const [starts, viewers, time, contentStarts, completes] = ["media-starts", "viewers", "content-time-spent", "content-starts", "content-completes"].map(column);
  const [completion, dropped, buffering] = ["content-completion-rate", "drop-before-start-rate", "content-buffer-duration-rate"].map(column);
  const errors = shares(report, "error-impacted-streams");
  const progress = PROGRESS.map(column);
  return cells(report, "content").map((cell, n): Title => {
    const id = String(cell);
    const length = Number(lengths.get(id) ?? 0);
    const begun = contentStarts?.[n] ?? 0;
    const ended = completes?.[n] ?? 0;
    const live = isLive({ length });
    return {
      id,
      name: names.get(id) ?? id,
      length,
      starts: starts?.[n] ?? 0,
      viewers: viewers?.[n] ?? 0,
      time: time?.[n] ?? 0,
      contentStarts: begun,
      completes: ended,
      completion: live ? null : (completion?.[n] ?? null),
      dropped: dropped?.[n] ?? null,
      buffering: buffering?.[n] ?? null,
      errors: errors[n] ?? null,
      reach: live || !begun ? [] : [...progress.map((values) => (values[n] ?? 0) / begun), ended / begun],
      lost: live || !begun ? null : Math.max(0, begun - ended),
    };
  });
}

/** All titles of the range; with `search`, those whose id or name contains it. */
export function useTitles(search: string | null): Answered<Titles> {
  const conditions = search ? [{ any: ["content", "content-name"].map((dimension) => ({ dimension, op: "contains", value: search })) }] : [];
  const asked = boundsWith(...conditions);
  return useAnswer(search === null ? null : JSON.stringify(asked), async (signal) => {
    const of = (metrics: string[], dimensions: string[], limit: number) => postReport({ ...asked, metrics, dimensions, limit, totals: false }, signal);
    const [report, names, lengths] = await Promise.all([
      of(OF_TITLES, ["content"], TITLES_MOST),
      of(["media-starts"], ["content", "content-name"], NAMES_MOST),
      of(["media-starts"], ["content", "content-length"], NAMES_MOST),
    ]);
    return { titles: titlesOf(report, usual(names), usual(lengths)), more: report.cursor !== null, freshness: report.freshness };
  });
}

export interface TitleAnswer {
  report: ReportAnswer;
  name: string;
  kind: string;
  length: number;
}

/** The key metrics of one title over the range, and what it is. */
export function useTitle(content: string): Answered<TitleAnswer> {
  const granularity = sparseGranularityOf(range.value);
  const asked = boundsWith(isContent(content));
  const question = { ...asked, ...compared.value, metrics: OF_TITLE, granularity, limit: STRETCHES_MOST };
  return useAnswer(JSON.stringify(question), async (signal) => {
    const { from, until, timeZone } = bounds.value;
    // What it is does not depend on the segment: it is the same title for all.
    const what = (dimensions: string[]) =>
      postReport({ from, until, timeZone, segment: isContent(content), metrics: ["media-starts"], dimensions, limit: 1 }, signal);
    const [report, named, typed] = await Promise.all([postReport(question, signal), what(["content-name"]), what(["content-length", "content-type"])]);
    const [length, kind] = typed.rows[0] ?? [];
    return { report, name: String(named.rows[0]?.[0] ?? content), length: Number(length ?? 0), kind: String(kind ?? "") };
  });
}
