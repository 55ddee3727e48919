/** The report API as this page uses it (docs/reference/api.md). The only module that knows its addresses and shapes. */

import { signal } from "@preact/signals";

export type SessionState = "open" | "closing" | "closed";
export type Outcome = "accepted" | "duplicate" | "dropped";
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Details = { [name: string]: Json };

export interface Counts {
  accepted: number;
  duplicate: number;
  dropped: number;
}

/** One line of the list. Times are RFC 3339. */
export interface SessionSummary {
  id: string;
  datastream: string;
  state: SessionState;
  closeCause: string | null;
  provisional: boolean;
  startedAt: string;
  lastEventAt: string;
  closedAt: string | null;
  person: string | null;
  content: string;
  /** As its lookup says, else as sent. */
  contentName: string | null;
  contentType: string | null;
  playerName: string | null;
  channel: string | null;
  timePlayed: number;
  totalTimePlayed: number;
  completed: boolean;
  adCount: number;
  errorCount: number;
  stallCount: number;
  stallTime: number;
  bufferCount: number;
  bufferTime: number;
  /** Null: the player did not tell. */
  timeToStart: number | null;
  droppedBeforeStart: boolean;
}

export interface AdPlay {
  ordinal: number;
  startedAt: string;
  closedAt: string | null;
  advertisingDetails: Details;
  advertisingPodDetails: Details;
  customMetadata: Record<string, string>;
}

export interface ChapterPlay {
  ordinal: number;
  startedAt: string;
  closedAt: string | null;
  chapterDetails: Details;
  customMetadata: Record<string, string>;
}

export interface Session {
  id: string;
  datastream: string;
  state: SessionState;
  closeCause: string | null;
  provisional: boolean;
  startedAt: string;
  lastEventAt: string;
  closedAt: string | null;
  person: string | null;
  /** As its lookup says, else as sent. */
  contentName: string | null;
  identityMap: Json;
  mediaReporting: { sessionDetails: Details; qoeDataDetails: Details; states: Details[] };
  ads: AdPlay[];
  chapters: ChapterPlay[];
  customMetadata: Record<string, string>;
  /** Content seen at least once: [from, to] in seconds, ascending, disjoint. */
  viewed: [number, number][];
  counts: Counts;
}

export interface SessionEvent {
  eventType: string;
  timestamp: string;
  arrived: string;
  playhead: number | null;
  requestId: string | null;
  index: number;
  outcome: Outcome;
  reason?: string | null;
  xdm: Details;
}

export interface Row {
  xdm: Details;
}

export interface Datastream {
  id: string;
  name: string;
  enabled: boolean;
}

export interface Page<T> {
  items: T[];
  cursor: string | null;
}

/** What the console said was wrong, or that it could not be reached. */
export class ApiProblem extends Error {
  readonly status: number;
  /** Of wrong input: each wrong value by its place. */
  readonly errors: readonly { path: string; reason: string }[];
  constructor(status: number, title: string, errors: readonly { path: string; reason: string }[] = []) {
    super(title);
    this.status = status;
    this.errors = errors;
  }
}

const BASE = "/api/v1";

/** Whether the console asked for its access token: nothing else is shown then. */
export const tokenNeeded = signal(false);

interface ProblemBody {
  title?: string;
  detail?: string;
  errors?: { path: string; reason: string }[];
}

async function call<T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(BASE + path, { ...init, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "The console does not answer. Is `playhead serve` still running?");
  }
  if (!answer.ok) {
    if (answer.status === 401) tokenNeeded.value = true;
    const body = (await answer.json().catch(() => null)) as ProblemBody | null;
    throw new ApiProblem(answer.status, body?.detail ?? body?.title ?? `The console answered ${answer.status}.`, body?.errors);
  }
  return (answer.status === 204 ? null : await answer.json()) as T;
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => call(path, { headers: { accept: "application/json" } }, signal);

const sending = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { accept: "application/json", "content-type": "application/json" },
  body: JSON.stringify(body),
});

export const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> => call(path, sending("POST", body), signal);
export const patch = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> => call(path, sending("PATCH", body), signal);
/** A file as it is. */
export const putFile = <T>(path: string, file: Blob, kind: string): Promise<T> =>
  call(path, { method: "PUT", headers: { accept: "application/json", "content-type": kind }, body: file });

/** Hand in the access token; the server keeps it in a cookie of this browser. */
export async function signIn(token: string): Promise<void> {
  const answer = await fetch(`${BASE}/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) return;
  const body = (await answer.json().catch(() => null)) as { detail?: string } | null;
  throw new ApiProblem(answer.status, body?.detail ?? `The console answered ${answer.status}.`);
}

/** Parameters of the search by their names in the API. */
export type SessionSearch = Record<string, string>;

export function getSessions(search: SessionSearch, cursor: string | null, signal?: AbortSignal) {
  const query = new URLSearchParams({ limit: "50", ...search });
  if (cursor) query.set("cursor", cursor);
  return get<Page<SessionSummary>>(`/sessions?${query}`, signal);
}

export const getSession = (id: string, signal?: AbortSignal) =>
  get<Session>(`/sessions/${encodeURIComponent(id)}`, signal);

export const getDatastreams = (signal?: AbortSignal) => get<Page<Datastream>>("/datastreams", signal);

/** All pages of a list, up to `most` items. */
async function getAll<T>(path: string, most: number, signal?: AbortSignal): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: "1000" });
    if (cursor) query.set("cursor", cursor);
    const page: Page<T> = await get<Page<T>>(`${path}?${query}`, signal);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor && items.length < most);
  return { items, cursor };
}

export const EVENTS_MAX = 5000;

export const getEvents = (id: string, signal?: AbortSignal) =>
  getAll<SessionEvent>(`/sessions/${encodeURIComponent(id)}/events`, EVENTS_MAX, signal);

export const getRows = (id: string, signal?: AbortSignal) =>
  getAll<Row>(`/sessions/${encodeURIComponent(id)}/rows`, EVENTS_MAX, signal);

export const getTimeline = (id: string, signal?: AbortSignal) =>
  get<Timeline>(`/sessions/${encodeURIComponent(id)}/timeline`, signal);

/** An event behind a term; `place` is its number in the list of events, from 1. */
export interface TermEvent {
  place: number;
  eventType: string;
  inside: number | null;
}

/** A part of a number: when, how much (in `termUnit`) or what was said, why, by which events. */
export interface Term {
  from: string;
  until: string;
  amount: number | null;
  value: Explained;
  contentFrom: number | null;
  contentUntil: number | null;
  why: string;
  events: TermEvent[];
}

type Explained = string | number | boolean | string[] | null;

export interface Explanation {
  field: string;
  value: Explained;
  unit: string;
  rule: string;
  formula: { kind: string; text: string };
  parts: Record<string, string | number>;
  total: number | null;
  termUnit: string;
  termCount: number;
  terms: Term[];
  reason: string | null;
  cursor: string | null;
}

export const getExplanation = (id: string, field: string, signal?: AbortSignal) =>
  get<Explanation>(`/sessions/${encodeURIComponent(id)}/explain?${new URLSearchParams({ field, limit: "1000" })}`, signal);

/** A stretch of time by the player's clock. */
export interface Span {
  from: string;
  until: string;
}

export interface Timeline extends Span {
  player: (Span & { state: string })[];
  ads: (Span & { ordinal: number; name: string; friendlyName: string | null })[];
  chapters: (Span & { ordinal: number; name: string | null })[];
  states: (Span & { name: string })[];
  playhead: { at: string; playhead: number }[];
  /** kbit/s, each change. */
  bitrate: { at: string; kbps: number }[];
  errors: { at: string; name: string; source: string }[];
}

const REFUSED_MS = 10_000;

/** Calls `changed` with the ids that changed (null: any may have), and `heard` when the stream is there or lost. Returns the way to stop. */
export function watchSessions(changed: (ids: Set<string> | null) => void, heard: (connected: boolean) => void): () => void {
  let source: EventSource;
  let timer = 0;
  const open = () => {
    source = new EventSource(`${BASE}/sessions/stream`);
    source.onopen = () => heard(true);
    source.onerror = () => {
      heard(false);
      // A browser tries again by itself unless it was refused.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REFUSED_MS);
    };
    source.addEventListener("reset", () => changed(null));
    source.addEventListener("sessions", (event: MessageEvent<string>) => {
      const { items } = JSON.parse(event.data) as { items: SessionSummary[] };
      changed(new Set(items.map((item) => item.id)));
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

export interface DemoTarget {
  collectorUrl: string;
  datastreamId: string;
  orgId: string;
}

/** What the pages are told about this server (not part of the report API: it belongs to the pages). */
export interface PagesConfig {
  collectorUrl: string | null;
  demo: DemoTarget | null;
}

export async function getPagesConfig(): Promise<PagesConfig> {
  const answer = await fetch("/demo/config.json");
  if (!answer.ok) throw new ApiProblem(answer.status, `The console answered ${answer.status}.`);
  return (await answer.json()) as PagesConfig;
}
