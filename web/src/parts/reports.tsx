/** Parts of the pages that answer questions about many sessions. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type Answered, type Freshness, useAnswer } from "../ask.ts";
import { getDatastreams, getSessions } from "../api.ts";
import { ago } from "../format.ts";
import { now } from "../live.ts";
import { alone, change, type Measured, spoken } from "../units.ts";
import { Problem, Skeleton } from "./basics.tsx";
import { Command, simulateCommand } from "./first.tsx";

interface HeadingProps {
  title: string;
  note?: ComponentChildren;
  freshness?: Freshness | null | undefined;
}

/** The page's heading; also names the browser's tab. */
export function PageHeading(props: HeadingProps) {
  const { title, note, freshness } = props;
  useEffect(() => {
    document.title = `${title} · Playhead`;
  }, [title]);
  return (
    <div class="heading">
      <h1>{title}</h1>
      {note && <p class="muted">{note}</p>}
      {/* Its place is kept until it is known. */}
      {"freshness" in props && (
        <p class="muted freshness" title="Everything that arrived until then is in these numbers.">
          {freshness && freshness.eventsUntil.slice(0, 4) !== "1970" ? `Counted until ${ago(now.value - Date.parse(freshness.eventsUntil))}` : "\u00a0"}
        </p>
      )}
    </div>
  );
}

/** What a dash in the place of a completion rate means. */
export const NO_END = "– in place of a completion rate: live content, which has no end to be reached.";

/** Why media starts may be fewer than what follows from them (metrics.md 6.2). */
export const RESUMED = "A viewing that was resumed is no media start, and counts everywhere else.";

interface TileProps {
  name: string;
  metric: Measured;
  value: number | null | undefined;
  /** Of the period before; undefined: not compared. */
  before?: number | null | undefined;
  hint?: string;
  children?: ComponentChildren;
}

/** One number: value, unit, change; below it what is given, mostly a small chart. */
export function MetricTile({ name, metric, value, before, hint, children }: TileProps) {
  const { text, unit } = alone(value, metric);
  const moved = change(value, before, metric);
  return (
    <div class="tile" role="group" aria-label={name}>
      <h2 title={hint || undefined}>{name}</h2>
      <p class="tile-value">
        {text}
        {unit && <span class="tile-unit"> {unit}</span>}
      </p>
      {before !== undefined && (
        <p class="tile-change">
          {moved || "–"} <span class="muted">before {spoken(before, metric)}</span>
        </p>
      )}
      {children}
    </div>
  );
}

interface ShownProps<T> {
  of: Answered<T>;
  /** What is loaded, for the words: "The report". */
  what: string;
  lines?: number;
  children: (answer: T, stale: boolean) => ComponentChildren;
}

/** An answer in whichever state: grey bars at first, then the answer, dimmed while the next one loads; what failed, with a retry. */
export function Shown<T>({ of, what, lines = 6, children }: ShownProps<T>) {
  const { state, answer, error, retry } = of;
  return (
    <>
      {error && <Failed error={error} title={`${what} could not be ${answer === null ? "loaded" : "renewed"}`} onRetry={retry} />}
      {state === "loading" && <Skeleton lines={lines} label={`Loading: ${what}`} />}
      {answer !== null && (
        <div class={state === "ready" ? "shown" : "shown stale"} aria-busy={state === "renewing"}>
          {children(answer, state !== "ready")}
        </div>
      )}
    </>
  );
}

export function Failed({ error, title, onRetry }: { error: Error; title: string; onRetry: () => void }) {
  return (
    <div class="failed">
      <Problem error={error} title={title} />
      <button type="button" class="quiet" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Nothing to show, and what to do about it: `children` says it in the page's words. */
export function EmptyState({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty-state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Nothing in this range. Of a server without any session: the first steps. */
export function NothingHere({ what = "No sessions closed in this range" }: { what?: string }) {
  const first = useFirst();
  if (!first.answer && !first.error) return null; // two short questions
  const never = first.answer?.used === false;
  return (
    <EmptyState title={never ? "No sessions yet" : what}>
      <p class="muted">{never ? "Numbers stand here once a session was sent and has closed." : "Choose a longer range or remove a condition. Sessions count once they are closed."}</p>
      {never && <Simulated id={first.answer?.id} />}
    </EmptyState>
  );
}

/** Whether there was any session ever, and where to send one. */
const useFirst = () =>
  useAnswer("first steps", async (signal) => {
    const [datastreams, sessions] = await Promise.all([getDatastreams(signal), getSessions({ limit: "1" }, null, signal)]);
    return { id: datastreams.items.find((datastream) => datastream.enabled)?.id, used: sessions.items.length > 0 };
  });

/** How to get a full console: simulated viewers by one command. Not where there are real ones, whose numbers it would spoil: `children` there. */
export function FirstSteps({ children }: { children?: ComponentChildren }) {
  const { answer } = useFirst();
  if (answer?.used) return <>{children}</>;
  return <Simulated id={answer?.id} />;
}

function Simulated({ id }: { id: string | undefined }) {
  if (!id) return null;
  return (
    <>
      <p class="muted">To see it full, send simulated viewers from a terminal:</p>
      <Command text={simulateCommand(id)} label="Copy the command" />
    </>
  );
}
