/** One session, whole: used by the console's page and, beside the player, by the demo. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { getEvents, getRows, getSession, getTimeline, type Session } from "../api.ts";
import { ago, duration, number, shortId } from "../format.ts";
import { now, useLive } from "../live.ts";
import { Card, CopyButton, Problem, Skeleton, StateBadge } from "../parts/basics.tsx";
import { dateAndTime } from "../times.ts";
import { Events, Rows } from "./events.tsx";
import { CAUSES, numberOf, text } from "./fields.ts";
import { AllNumbers } from "./numbers.tsx";
import { linkTo } from "../view.ts";
import { TimelineView } from "./timeline.tsx";
import { Verdict } from "./verdict.tsx";

async function load(id: string, signal: AbortSignal) {
  const [session, timeline, events, rows] = await Promise.all([
    getSession(id, signal),
    getTimeline(id, signal),
    getEvents(id, signal),
    getRows(id, signal),
  ]);
  return { session, timeline, events, rows };
}

export const useSession = (id: string) => useLive(`session ${id}`, (signal) => load(id, signal), id);

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Header({ session, level }: { session: Session; level: 1 | 2 }) {
  const details = session.mediaReporting.sessionDetails;
  const Title = level === 1 ? "h1" : "h2";
  const startMs = Date.parse(session.startedAt);
  const lastMs = Date.parse(session.lastEventAt);
  const content = text(details, "name");
  const sent = text(details, "friendlyName");
  const what = [text(details, "contentType"), text(details, "playerName"), text(details, "channel")].filter(Boolean);
  const cause = session.closeCause && (CAUSES[session.closeCause] ?? session.closeCause);
  return (
    <header class="session-head">
      <div class="heading">
        <Title>{session.contentName || content || "No content name"}</Title>
        <StateBadge state={session.state} />
        {cause && (
          <span class="muted">
            {cause}
            {session.provisional ? "; a late event may still reopen it" : ""}
          </span>
        )}
        {/* Later there is nothing to come. */}
        {session.state === "open" && <a href={linkTo("/debugger", { session: session.id })}>Watch its requests</a>}
      </div>
      <p class="muted">
        {content && <a href={linkTo("/content", { content })}>{content}</a>}
        {content && what.length > 0 && " · "}
        {what.join(" · ")}
        {session.contentName !== sent && sent && ` · sent as “${sent}”`}
      </p>
      <dl class="facts">
        <Fact name="Started">
          <time dateTime={session.startedAt}>{dateAndTime(startMs)}</time>
        </Fact>
        <Fact name="Duration">{duration((lastMs - startMs) / 1000)}</Fact>
        <Fact name="Content length">{duration(numberOf(details, "length"))}</Fact>
        <Fact name="Last event">
          <time dateTime={session.lastEventAt} title={dateAndTime(lastMs)}>
            {ago(now.value - lastMs)}
          </time>
        </Fact>
        <Fact name="Events">
          {number(session.counts.accepted)}
          {session.counts.duplicate > 0 && ` · ${number(session.counts.duplicate)} duplicate`}
          {session.counts.dropped > 0 && ` · ${number(session.counts.dropped)} dropped`}
        </Fact>
        <Fact name="Person">
          <span class="mono" title={session.person ?? ""}>
            {session.person ? shortId(session.person) : "None"}
          </span>
        </Fact>
        <Fact name="Session">
          <span class="mono" title={session.id}>
            {shortId(session.id)}
          </span>
          <CopyButton text={session.id} label="Copy the session ID" />
        </Fact>
        <Fact name="Datastream">
          <span class="mono" title={session.datastream}>
            {shortId(session.datastream)}
          </span>
        </Fact>
      </dl>
    </header>
  );
}

interface ViewProps {
  id: string;
  /** Level of its heading: 1 on its own page, 2 as a part of another. */
  level?: 1 | 2;
}

export function SessionView({ id, level = 1 }: ViewProps) {
  const { data, error, loading } = useSession(id);
  if (!data) {
    if (error) return <Problem error={error} title="This session cannot be shown" />;
    return loading ? (
      <div class="stack">
        <Skeleton lines={3} label="Loading the session" />
        <Skeleton lines={8} label="Loading its timeline" />
      </div>
    ) : null;
  }
  return <Whole {...data} error={error} level={level} />;
}

/** A link to a part of the page is followed once the part is there. */
function useAddressedPart(): void {
  useEffect(() => {
    const part = location.hash && document.getElementById(location.hash.slice(1));
    if (part) part.scrollIntoView();
  }, []);
}

type Loaded = Awaited<ReturnType<typeof load>>;

function Whole({ session, timeline, events, rows, error, level }: Loaded & { error: Error | null; level: 1 | 2 }) {
  useAddressedPart();
  return (
    <div class="session">
      <Header session={session} level={level} />
      <Verdict session={session} />
      {error && <Problem error={error} title="These numbers could not be renewed" />}
      <Card id="timeline" title="Timeline" note="By the player's clock. Point at it, drag to zoom, or focus it and use the arrow keys, + and −.">
        <TimelineView timeline={timeline} />
      </Card>
      <AllNumbers session={session} />
      <Events events={events.items} more={events.cursor !== null} startMs={Date.parse(session.startedAt)} />
      <Rows rows={rows.items} />
    </div>
  );
}
