/** Which parts of a title are viewed again, read from the `again` of its retention curve. Pure; seconds of the content. */
import type { Curve } from "./losses.ts";

/** A stretch that sessions viewed more than once: most of them at one of its moments, of how many who viewed that moment. */
export interface Replay {
  from: number;
  until: number;
  sessions: number;
  viewed: number;
}

const MOST = 3;

/** The stretches most viewed again, the most first: where at least half as many did as at the peak of the title, and at least two. */
export function replaysOf({ step, sessions: again }: Curve, viewed: readonly number[]): Replay[] {
  const peak = Math.max(0, ...again);
  const least = Math.max(2, peak / 2);
  const found: Replay[] = [];
  let open: Replay | null = null;
  again.forEach((sessions, n) => {
    if (sessions < least) {
      open = null;
      return;
    }
    if (!open) {
      open = { from: n * step, until: 0, sessions: 0, viewed: 0 };
      found.push(open);
    }
    open.until = (n + 1) * step;
    if (sessions > open.sessions) [open.sessions, open.viewed] = [sessions, viewed[n] ?? 0];
  });
  return found.toSorted((a, b) => b.sessions - a.sessions || b.until - b.from - (a.until - a.from)).slice(0, MOST);
}
