/** Fresh answers without asking more than needed: the server says when something changed, and we ask at most once a second. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { watchSessions } from "./api.ts";

/** Whether the server's stream is heard; until it is, answers are renewed every few seconds all the same. */
export const connected = signal<boolean | null>(null);
/** The time, renewed every second; for ages. */
export const now = signal(Date.now());

const AT_MOST_EVERY_MS = 1000;
const WITHOUT_STREAM_MS = 4000;
const IDLE_MS = 15000;
const AFTER_FAILURE_MS = 2000;

const listeners = new Set<(ids: Set<string> | null) => void>();

export function startLive(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
  watchSessions(
    (ids) => listeners.forEach((listener) => listener(ids)),
    (heard) => {
      const lost = connected.value === true && !heard;
      connected.value = heard;
      if (lost) for (const listener of listeners) listener(null); // so that a page says at once what is wrong
    },
  );
}

export interface Loaded<T> {
  data: T | null;
  error: Error | null;
  loading: boolean;
}

/**
 * Load, and load again whenever a session (or the one named) changed. `key` names what is loaded: another key starts afresh.
 * The last good answer stays while a newer one is on its way or fails.
 */
export function useLive<T>(key: string, load: (signal: AbortSignal) => Promise<T>, session?: string): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { key: string }>({ key, data: null, error: null, loading: true });
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    let running = false;
    let again = false;
    let began = 0;
    setState((old) => (old.key === key ? old : { key, data: null, error: null, loading: true }));

    const run = async () => {
      clearTimeout(timer);
      running = true;
      again = false;
      let failed = false;
      began = Date.now();
      try {
        const data = await latest.current(stop.signal);
        if (!stop.signal.aborted) setState({ key, data, error: null, loading: false });
      } catch (error) {
        if (stop.signal.aborted) return;
        failed = true;
        setState((old) => ({ key, data: old.key === key ? old.data : null, error: error as Error, loading: false }));
      }
      running = false;
      if (!stop.signal.aborted) plan(again ? 0 : failed ? AFTER_FAILURE_MS : connected.value ? IDLE_MS : WITHOUT_STREAM_MS);
    };
    const plan = (inMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(run, Math.max(inMs, began + AT_MOST_EVERY_MS - Date.now()));
    };
    const changed = (ids: Set<string> | null) => {
      if (ids && session && !ids.has(session)) return;
      if (running) again = true;
      else plan(0);
    };
    listeners.add(changed);
    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
      listeners.delete(changed);
    };
  }, [key, session]);
  return state.key === key ? state : { data: null, error: null, loading: true };
}
