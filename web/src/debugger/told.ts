/**
 * Requests as the server tells them (docs/reference/api.md, `GET /api/v1/debugger/stream`), and those held here: the newest, newest first.
 * What is held outlives the page, so that Back from a session finds it again; where nothing was heard, a gap says so.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface ToldField {
  path: string;
  reason: string;
  meaning: string;
}

export interface ToldEvent {
  index: number;
  eventType: string | null;
  session: string | null;
  ecid: string | null;
  outcome: "accepted" | "duplicate" | "dropped" | "refused";
  reason: string | null;
  errors: ToldField[];
}

export interface ToldRequest {
  received: string;
  route: string;
  base: string;
  datastream: string;
  requestId: string | null;
  result: "accepted" | "partly" | "refused";
  status: number | null;
  reason: string | null;
  title: string | null;
  meaning: string | null;
  mismatch: string | null;
  userAgent: string | null;
  clientIp: string | null;
  events: ToldEvent[];
  eventCount: number;
  body: string;
  bodyBytes: number;
  truncated: boolean;
}

/** A request, or (`gap`) words for what was not told before it. `n` grows; `key` stands in the address. */
export type Item = { n: number; key: string } & ({ request: ToldRequest; gap: null } | { request: null; gap: string });

export interface Question {
  datastream: string;
  session: string;
  identity: string;
  refused: boolean;
}

export const HELD_MAX = 500;
const REFUSED_MS = 3_000;
/** Requests of so long are shown at once: a page cannot be drawn for each of thousands a second. */
const FLUSH_MS = 200;
/** Shorter ones are not worth a word. */
const GAP_MS = 1_500;

export const held = signal<readonly Item[]>([]);
/** Null: not known yet. */
export const listening = signal<boolean | null>(null);

let count = 0;
let about = "";
/** When nothing was heard any more, and why. */
let silent: { sinceMs: number; why: string } | null = null;
let fresh: Item[] = [];
let timer = 0;

/** What is held with what is new, newest first, bounded. */
export const joined = (old: readonly Item[], news: readonly Item[]): Item[] => [...news.toReversed(), ...old].slice(0, HELD_MAX);

function flush(): void {
  timer = 0;
  held.value = joined(held.value, fresh);
  fresh = [];
}

function take(item: { request: ToldRequest; gap: null } | { request: null; gap: string }): void {
  count += 1;
  const at = item.request ? item.request.received : new Date().toISOString();
  fresh.push({ n: count, key: `${Date.parse(at)}.${count}`, ...item });
  if (fresh.length > HELD_MAX) fresh.shift();
  timer ||= setTimeout(flush, FLUSH_MS);
}

function fellSilent(why: string): void {
  silent ??= { sinceMs: Date.now(), why };
}

function heard(): void {
  listening.value = true;
  if (silent && held.value.length > 0 && Date.now() - silent.sinceMs > GAP_MS) {
    take({ request: null, gap: `${silent.why} for ${Math.round((Date.now() - silent.sinceMs) / 1000)} s: requests in between are not shown.` });
  }
  silent = null;
}

export function clearHeld(): void {
  fresh = [];
  held.value = [];
}

/** Listen while the page is shown. Another question (but for `refused`, which hides of what is held) begins with nothing. */
export function useListening({ datastream, session, identity, refused }: Question): void {
  useEffect(() => {
    const key = JSON.stringify([datastream, session, identity]);
    if (key !== about) clearHeld();
    about = key;
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries({ datastream, session, identity, refused: refused ? "true" : "" })) {
      if (value) parameters.set(name, value);
    }
    let source: EventSource;
    let again = 0;
    const open = () => {
      source = new EventSource(`/api/v1/debugger/stream?${parameters}`);
      source.onopen = heard;
      source.onerror = () => {
        listening.value = false;
        fellSilent("The line was down");
        // A browser tries again by itself unless it was refused.
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, REFUSED_MS);
      };
      source.addEventListener("request", (event: MessageEvent<string>) => take({ request: JSON.parse(event.data) as ToldRequest, gap: null }));
      source.addEventListener("lost", (event: MessageEvent<string>) => {
        const { count: lost } = JSON.parse(event.data) as { count: number };
        take({ request: null, gap: `${lost} requests came faster than they could be told.` });
      });
    };
    listening.value &&= null; // the line of before was about something else
    open();
    return () => {
      clearTimeout(again);
      source.close();
      fellSilent("This page was not shown");
    };
  }, [datastream, session, identity, refused]);
}
