/** Questions about many sessions: the catalogue, reports and panels (docs/reference/api.md), and asking them from a page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiProblem, get, post } from "./api.ts";
import type { Granularity } from "./ranges.ts";
import type { SegmentJson } from "./segments.ts";

export type Grain = "session" | "ad" | "chapter" | "state";

export interface Metric {
  id: string;
  name: string;
  unit: "count" | "streams" | "seconds" | "kbps" | "ratio";
  kind: string;
  grain: Grain;
  definition: string;
  datedBy: string;
  field: string;
  formula: string;
}

export interface Dimension {
  id: string;
  name: string;
  unit: "text" | "integer";
  kind: "value" | "list" | "derived" | "time";
  grain: Grain;
  definition: string;
  field: string;
}

export interface Catalogue {
  metrics: Metric[];
  dimensions: Dimension[];
}

export type Cell = string | number | boolean | null;

export interface Freshness {
  eventsUntil: string;
  lagSeconds: number;
}

/** What every question has; `questionOf` in view.ts makes it of the address. */
export interface Bounds {
  from: string;
  until: string;
  timeZone: string;
  segment?: SegmentJson;
}

export interface ReportQuestion extends Bounds {
  metrics: string[];
  dimensions?: string[];
  /** Which ads count, as a segment of dimensions of ads. */
  ads?: SegmentJson;
  granularity?: Granularity;
  sort?: string | string[];
  limit?: number;
  cursor?: string;
  compare?: { from: string; until: string };
  /** `false`: without the totals, which may take as long as the rows. */
  totals?: boolean;
}

export interface ReportAnswer {
  columns: string[];
  rows: Cell[][];
  totals: Record<string, number | null>;
  freshness: Freshness;
  cursor: string | null;
  sql: string;
}

export type PanelName = "concurrent-viewers" | "playback-time" | "average-minute-audience" | "drop-off" | "retention" | "ad-breaks";

/** `value` at the beginning of a stretch, RFC 3339. */
export interface Extreme {
  value: number;
  at: string;
}

export interface PanelAnswer {
  columns: string[];
  rows: Cell[][];
  summary: Record<string, number | null | Extreme>;
  overlays: Record<string, Record<string, Cell>[]>;
  granularity: Granularity | "";
  freshness: Freshness;
}

let catalogue: Promise<Catalogue> | null = null;

/** Asked for once; again only after a failure. */
export function getCatalogue(): Promise<Catalogue> {
  catalogue ??= get<Catalogue>("/catalogue").catch((error: unknown) => {
    catalogue = null;
    throw error;
  });
  return catalogue;
}

/** Lookups have changed what there is to ask for. */
export function forgetCatalogue(): void {
  catalogue = null;
}

export const postReport = (question: ReportQuestion, signal?: AbortSignal) => post<ReportAnswer>("/reports", question, signal);

export function getPanel(name: PanelName, bounds: Bounds, more: Record<string, string> = {}, signal?: AbortSignal) {
  const { segment, ...rest } = bounds;
  const parameters = new URLSearchParams({ from: rest.from, until: rest.until, timeZone: rest.timeZone, ...more });
  if (segment) parameters.set("segment", JSON.stringify(segment));
  return get<PanelAnswer>(`/panels/${name}?${parameters}`, signal);
}

/** The answer's columns by name: `cells(answer, "media-starts")`. A column that is not there is empty. */
export function cells(answer: { columns: string[]; rows: Cell[][] }, name: string): Cell[] {
  const place = answer.columns.indexOf(name);
  return place < 0 ? [] : answer.rows.map((row) => row[place] ?? null);
}

/** The numbers of a metric, whose column comes after those of dimensions: some words are both. */
export function numbers(answer: { columns: string[]; rows: Cell[][] }, name: string): (number | null)[] {
  const place = answer.columns.lastIndexOf(name);
  return answer.rows.map((row) => (typeof row[place] === "number" ? (row[place] as number) : null));
}

export interface Answered<T> {
  /** `loading`: nothing to show yet; `renewing`: the former answer stands while another is on its way. */
  state: "loading" | "ready" | "renewing" | "failed";
  /** The last good answer, of whichever key: nothing jumps while the next one loads. */
  answer: T | null;
  error: Error | null;
  retry: () => void;
}

/** Ask whenever `key` changes (null: ask nothing yet). A question that was overtaken is broken off. */
export function useAnswer<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Answered<T> {
  const [held, setHeld] = useState<{ key: string | null; answer: T | null; error: Error | null }>({ key: null, answer: null, error: null });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const asked = key === null ? null : `${attempt} ${key}`;
  useEffect(() => {
    if (asked === null) return;
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (answer) => !stop.signal.aborted && setHeld({ key: asked, answer, error: null }),
      (error: Error) => !stop.signal.aborted && setHeld((old) => ({ key: asked, answer: old.answer, error })),
    );
    return () => stop.abort();
  }, [asked]);
  const done = held.key === asked;
  const state = done && held.error ? "failed" : done && held.answer !== null ? "ready" : held.answer !== null ? "renewing" : "loading";
  return { state, answer: held.answer, error: done ? held.error : null, retry: () => setAttempt((n) => n + 1) };
}

export const useCatalogue = (): Answered<Catalogue> => useAnswer("catalogue", getCatalogue);

/** What the server said of one part of a question (`dimensions[0]`, `segment.all[1].value`), by the beginning of its place. */
export function reasonsAt(error: Error | null, path: string): string[] {
  const parts = (error as ApiProblem | null)?.errors ?? [];
  return parts.filter((one) => one.path === path || one.path.startsWith(`${path}[`) || one.path.startsWith(`${path}.`)).map((one) => one.reason);
}
