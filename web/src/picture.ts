/** The live picture as the server streams it (docs/reference/api.md, `GET /api/v1/live/stream`). */
import { useEffect, useState } from "preact/hooks";

export const STATES = ["playing", "ad", "starting", "paused", "buffering", "stalled", "ended"] as const;
export type LiveState = (typeof STATES)[number];

export interface Trouble {
  id: string;
  name: string;
  sessions: number;
  buffering: number;
  stalled: number;
  errors: number;
  meanBitrate: number | null;
}

/** One number a second, the first one beginning at `from`, RFC 3339. */
export interface Series {
  from: string;
  viewers: number[];
  starts: number[];
  errors: number[];
}

export interface Picture {
  at: string | null;
  since: string | null;
  ageSeconds: number;
  audience: { viewers: number; sessions: number };
  states: Record<LiveState, number>;
  rates: { startsPerMinute: number; errorsPerMinute: number };
  content: { items: { id: string; name: string; viewers: number; sessions: number }[] };
  quality: {
    bufferingShare: number | null;
    stalledShare: number | null;
    meanBitrate: number | null;
    errors: number;
    byContent: Trouble[];
    byPlayer: Trouble[];
  };
  series: Series;
}

export const SECONDS_KEPT = 3599;

/** What is held with what came, which wins where both have a second; at most an hour. Seconds between them are not made up. */
export function joined(held: Series | null, news: Series): Series {
  if (!held) return news;
  const kept = Math.round((Date.parse(news.from) - Date.parse(held.from)) / 1000);
  if (kept < 0 || kept > held.viewers.length) return news.viewers.length ? news : held;
  const both = (one: number[], other: number[]) => [...one.slice(0, kept), ...other];
  const viewers = both(held.viewers, news.viewers);
  const over = Math.max(0, viewers.length - SECONDS_KEPT);
  return {
    from: new Date(Date.parse(held.from) + over * 1000).toISOString(),
    viewers: viewers.slice(over),
    starts: both(held.starts, news.starts).slice(over),
    errors: both(held.errors, news.errors).slice(over),
  };
}

export interface Minute {
  /** Its beginning, Unix ms. */
  at: number;
  /** The most at one time, and how many in all of it. */
  viewers: number;
  starts: number;
  errors: number;
}

/** The seconds by minute; the first and the last may be parts. */
export function minutesOf({ from, viewers, starts, errors }: Series): Minute[] {
  const first = Math.floor(Date.parse(from) / 1000);
  const minutes: Minute[] = [];
  viewers.forEach((count, n) => {
    const at = Math.floor((first + n) / 60) * 60_000;
    let minute = minutes.at(-1);
    if (minute?.at !== at) {
      minute = { at, viewers: 0, starts: 0, errors: 0 };
      minutes.push(minute);
    }
    minute.viewers = Math.max(minute.viewers, count);
    minute.starts += starts[n] ?? 0;
    minute.errors += errors[n] ?? 0;
  });
  return minutes;
}

export interface Heard {
  picture: Picture | null;
  series: Series | null;
  /** Whether the stream is there; null: not known yet. */
  connected: boolean | null;
  /** When the picture came, by our clock, ms. */
  heardMs: number;
}

const NOTHING: Heard = { picture: null, series: null, connected: null, heardMs: 0 };
const REFUSED_MS = 5_000;

/** The picture of a datastream (empty: of all), as it changes. */
export function usePicture(datastream: string): Heard {
  const [heard, setHeard] = useState<Heard>(NOTHING);
  useEffect(() => {
    let source: EventSource;
    let timer = 0;
    setHeard((old) => ({ ...NOTHING, connected: old.connected }));
    const open = () => {
      source = new EventSource(`/api/v1/live/stream${datastream ? `?${new URLSearchParams({ datastream })}` : ""}`);
      source.onerror = () => {
        setHeard((old) => ({ ...old, connected: false }));
        // A browser tries again by itself unless it was refused.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REFUSED_MS);
      };
      source.addEventListener("live", (event: MessageEvent<string>) => {
        const picture = JSON.parse(event.data) as Picture;
        setHeard((old) => ({ picture, series: joined(old.series, picture.series), connected: true, heardMs: Date.now() }));
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [datastream]);
  return heard;
}
