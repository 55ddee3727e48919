/** One session in the list. The roles are spelled out because a narrow page lays the table out as blocks, which would take them away. */
import type { SessionSummary } from "../api.ts";
import { ago, duration, number, shortId } from "../format.ts";
import { now } from "../live.ts";
import { StateBadge } from "../parts/basics.tsx";
import { sessionPath } from "../router.ts";
import { dateAndTime } from "../times.ts";
import { linkTo } from "../view.ts";

const counted = (n: number, one: string, more: string): string => `${number(n)} ${n === 1 ? one : more}`;

/** How long the viewer waited in all, seconds: what the list is ordered by. */
export const waited = ({ timeToStart, bufferTime, stallTime }: SessionSummary): number => (timeToStart ?? 0) + bufferTime + stallTime;

/** What the viewer waited for, in words. */
function waits({ state, timeToStart, bufferCount, bufferTime, stallCount, stallTime, droppedBeforeStart }: SessionSummary): string {
  const parts = [
    droppedBeforeStart ? (state === "open" ? "not started yet" : "left before the start") : "",
    timeToStart ? `start ${duration(timeToStart)}` : "",
    bufferCount ? `${counted(bufferCount, "buffering", "bufferings")} ${duration(bufferTime)}` : "",
    stallCount ? `${counted(stallCount, "stall", "stalls")} ${duration(stallTime)}` : "",
  ];
  return parts.filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0")).join(" · "); // a line breaks between them
}

const DAY_MS = 86_400_000;

/** How long ago; of another day which one, and when on it. */
function Started({ at }: { at: number }) {
  const since = now.value - at;
  const [date, time] = dateAndTime(at).split(/, (?=[^,]*$)/);
  return (
    <time dateTime={new Date(at).toISOString()} title={dateAndTime(at)}>
      {since < DAY_MS ? ago(since) : date}
      {since >= DAY_MS && <span class="sub">{time}</span>}
    </time>
  );
}

export function SessionRow({ session }: { session: SessionSummary }) {
  const name = session.contentName || session.content || "No content name";
  const quiet = (n: number) => (n ? "number" : "number zero");
  const hurt = session.bufferCount > 0 || session.stallCount > 0 || (session.droppedBeforeStart && session.state !== "open");
  return (
    <tr class={session.state} role="row">
      <td role="cell" class="c-state">
        <StateBadge state={session.state} />
      </td>
      <td role="cell" class="c-content">
        <a href={linkTo(sessionPath(session.id))}>{name}</a>
        <span class="sub">
          {session.contentName ? `${session.content} · ` : ""}
          {session.contentType ?? ""}
        </span>
      </td>
      <td role="cell" class="c-player">
        {session.playerName ?? "–"}
        <span class="sub" title={session.person ?? ""}>
          {session.person ? shortId(session.person) : "No person"}
        </span>
      </td>
      <td role="cell" class="c-played number" data-label="Played">
        {duration(session.timePlayed)}
      </td>
      <td role="cell" class={hurt ? "c-waited number hurt" : "c-waited number"} data-label="Waited">
        <span class={waited(session) ? "" : "zero"}>{duration(waited(session))}</span>
        <span class="sub">{waits(session)}</span>
      </td>
      <td role="cell" class={`c-errors ${quiet(session.errorCount)}`} data-label="Errors">
        {number(session.errorCount)}
      </td>
      <td role="cell" class={`c-ads ${quiet(session.adCount)}`} data-label="Ads">
        {number(session.adCount)}
      </td>
      <td role="cell" class="c-started number" data-label="Started">
        <Started at={Date.parse(session.startedAt)} />
      </td>
    </tr>
  );
}
