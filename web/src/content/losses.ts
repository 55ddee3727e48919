/** Where a title loses its viewers, read from its retention curve. Pure; seconds of the content. */
import { clock } from "../format.ts";

/** How many sessions viewed each step of the content; `step` seconds long, from 0 on. */
export interface Curve {
  step: number;
  sessions: readonly number[];
}

export interface Break {
  second: number;
  name: string;
}

export interface Chapter {
  second: number;
  length: number;
  name: string;
}

/** A stretch in which many left: `before` sessions viewed its begin, `after` its end. */
export interface Loss {
  from: number;
  until: number;
  before: number;
  after: number;
}

const MOST = 3;
const MUCH = 0.8;

/** At a place; beyond the curve nobody. */
export const sessionsAt = ({ step, sessions }: Curve, second: number): number => sessions[Math.max(0, Math.floor(second / step))] ?? 0;

/**
 * The steepest stretches, largest loss first, none overlapping another; each is cut to where its loss is.
 *
 * A stretch is a fortieth of the content, between 20 s and two minutes. Losses of less than 2 % of `starts`, or of one session, are none.
 */
export function lossesOf(curve: Curve, starts: number): Loss[] {
  const { step, sessions } = curve;
  const long = Math.min(120, Math.max(20, (sessions.length * step) / 40));
  const width = Math.max(1, Math.round(long / step));
  const drops = sessions.slice(0, Math.max(0, sessions.length - width)).map((now, n) => now - (sessions[n + width] as number));
  const least = Math.max(2, starts * 0.02);
  const found: [number, number][] = [];
  while (found.length < MOST) {
    let best = -1;
    drops.forEach((drop, n) => {
      const free = found.every(([from, until]) => n + width <= from || n >= until);
      if (free && drop >= least && (best < 0 || drop > (drops[best] as number))) best = n;
    });
    if (best < 0) break;
    found.push([best, best + width]);
  }
  return found.map(([from, until]) => {
    const [low, high] = trimmed(sessions, from, until);
    return { from: low * step, until: high * step, before: sessions[low] as number, after: sessions[high] as number };
  });
}

/** The shortest part that has four fifths of what a stretch loses. */
function trimmed(sessions: readonly number[], from: number, until: number): [number, number] {
  const much = ((sessions[from] as number) - (sessions[until] as number)) * MUCH;
  for (let long = 1; long < until - from; long++) {
    let best = from;
    const lost = (n: number) => (sessions[n] as number) - (sessions[n + long] as number);
    for (let n = from; n + long <= until; n++) if (lost(n) > lost(best)) best = n;
    if (lost(best) >= much) return [best, best + long];
  }
  return [from, until];
}

/** What is there: "at the ad break Mid 1, in the chapter Act 2"; empty where nothing is known. Between two chapters neither is named. */
export function placeWords({ from, until }: { from: number; until: number }, length: number, breaks: readonly Break[], chapters: readonly Chapter[]): string {
  const slack = 5;
  const middle = (from + until) / 2;
  const near = breaks.filter(({ second }) => second >= from - slack && second <= until + slack);
  const nearest = near.toSorted((a, b) => Math.abs(a.second - middle) - Math.abs(b.second - middle))[0];
  const chapter = chapters.find(({ second, length: long }) => middle >= second + slack && middle < second + long - slack);
  const words: string[] = [];
  if (nearest) words.push(`at the ad break ${nearest.name || clock(nearest.second)}`);
  else if (from <= Math.max(10, length * 0.02)) words.push("right after the start");
  else if (length && until >= length * 0.95) words.push("just before the end");
  if (chapter?.name) words.push(`in the chapter ${chapter.name}`);
  return words.join(", ");
}

/** "12:30 – 14:00". */
export const betweenWords = ({ from, until }: { from: number; until: number }): string => `${clock(from)} – ${clock(until)}`;

/** "between 12:30 and 14:00"; of seconds that follow each other "at 12:30". */
export const whenWords = ({ from, until }: { from: number; until: number }): string =>
  until - from <= 2 ? `at ${clock(until)}` : `between ${clock(from)} and ${clock(until)}`;
