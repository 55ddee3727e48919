/** The list of sessions, live: open ones first, then the newest. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { getSessions, type SessionFilter, type SessionState, type SessionSummary } from "../api.ts";
import { ago, dateAndTime, duration, number, shortId } from "../format.ts";
import { now, useLive } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { Problem, Skeleton, StateBadge } from "../parts/basics.tsx";
import { NoSessionsYet } from "../parts/first.tsx";
import { go, query, sessionPath, setQuery } from "../router.ts";
import { SessionPage } from "./session.tsx";

const STATES: ["" | SessionState, string][] = [["", "All"], ["open", "Open"], ["closing", "Closing"], ["closed", "Closed"]];

function filterOfAddress(): SessionFilter {
  const state = query.value.get("state") ?? "";
  return { state: STATES.some(([known]) => known === state) ? (state as SessionState) : "", content: query.value.get("content") ?? "" };
}

function Filters({ filter, contents }: { filter: SessionFilter; contents: string[] }) {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const id = String(new FormData(event.currentTarget as HTMLFormElement).get("session") ?? "").trim();
    if (id) go(sessionPath(id));
  };
  return (
    <search class="filters">
      <fieldset class="segments" aria-label="State">
        {STATES.map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="state" checked={filter.state === value} onChange={() => setQuery({ state: value })} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Content</span>
        <input
          type="search"
          list="contents"
          placeholder="Content ID"
          value={filter.content}
          autocomplete="off"
          onChange={(event) => setQuery({ content: event.currentTarget.value.trim() })}
        />
        <datalist id="contents">
          {contents.map((content) => (
            <option key={content} value={content} />
          ))}
        </datalist>
      </label>
      <form class="field" onSubmit={onSubmit}>
        <label for="open-session">Open session</label>
        <input id="open-session" name="session" type="search" placeholder="Session ID" autocomplete="off" spellcheck={false} />
      </form>
    </search>
  );
}

/** The order for a person: what runs now above what is over, each newest first. */
function inOrder(sessions: SessionSummary[]): SessionSummary[] {
  const seen = new Map(sessions.map((session) => [session.id, session]));
  const rank = (session: SessionSummary) => (session.state === "open" ? 0 : 1);
  return [...seen.values()].sort((a, b) => rank(a) - rank(b) || Date.parse(b.startedAt) - Date.parse(a.startedAt));
}

async function load(filter: SessionFilter, pages: number, signal: AbortSignal) {
  const open = filter.state ? null : getSessions({ ...filter, state: "open" }, null, signal);
  const items: SessionSummary[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page++) {
    const got = await getSessions(filter, cursor, signal);
    items.push(...got.items);
    cursor = got.cursor;
    if (!cursor) break;
  }
  return { sessions: inOrder([...items, ...((await open)?.items ?? [])]), more: cursor !== null };
}

/* The roles are spelled out because a narrow page lays the table out as blocks, which would take them away. */
function SessionRow({ session }: { session: SessionSummary }) {
  const name = session.contentName || session.content || "No content name";
  const quiet = (n: number) => (n ? "number" : "number zero");
  return (
    <tr class={session.state} role="row">
      <td role="cell" class="c-state">
        <StateBadge state={session.state} />
      </td>
      <td role="cell" class="c-content">
        <a href={sessionPath(session.id)}>{name}</a>
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
      <td role="cell" class={`c-ads ${quiet(session.adCount)}`} data-label="Ads">
        {number(session.adCount)}
      </td>
      <td role="cell" class={`c-errors ${quiet(session.errorCount)}`} data-label="Errors">
        {number(session.errorCount)}
      </td>
      <td role="cell" class="c-started number" data-label="Started">
        <time dateTime={session.startedAt} title={dateAndTime(Date.parse(session.startedAt))}>
          {ago(now.value - Date.parse(session.startedAt))}
        </time>
      </td>
    </tr>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  if (!filtered) return <NoSessionsYet seen="It appears here within two seconds." />;
  return (
    <div class="empty">
      <h2>No session matches</h2>
      <p>
        No session has this state and content. <a href="/sessions">Show all sessions</a>
      </p>
    </div>
  );
}

/** While a person points at the list or tabs through it, lines keep their places; newcomers wait behind a button. */
function useSteadyOrder(sessions: SessionSummary[] | undefined, busy: boolean) {
  const shown = useRef<string[]>([]);
  return useMemo(() => {
    if (!sessions) return { lines: [], waiting: 0 };
    const ids = sessions.map((session) => session.id);
    const byId = new Map(sessions.map((session) => [session.id, session]));
    const kept = shown.current.filter((id) => byId.has(id));
    // What comes after the last line moves nothing: a further page is shown at once.
    const after = ids.slice(Math.max(...kept.map((id) => ids.indexOf(id))) + 1);
    shown.current = !busy || kept.length === 0 ? ids : [...kept, ...after];
    return { lines: shown.current.map((id) => byId.get(id) as SessionSummary), waiting: ids.length - shown.current.length };
  }, [sessions, busy]);
}

function SessionsPage() {
  const filter = filterOfAddress();
  const [pages, setPages] = useState(1);
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify([filter, pages]);
  const { data, error, loading } = useLive(key, (signal) => load(filter, pages, signal));
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data) setLast(data);
  }, [data]);
  useEffect(() => {
    document.title = "Sessions · Playhead";
  }, []);
  const list = data ?? last;
  const { lines, waiting } = useSteadyOrder(list?.sessions, busy);
  const contents = useMemo(() => [...new Set((list?.sessions ?? []).map((session) => session.content))].sort(), [list]);
  const openCount = lines.filter((session) => session.state === "open").length;

  return (
    <>
      <div class="heading">
        <h1>Sessions</h1>
        <p class="muted" role="status">
          {list ? (lines.length ? `${number(openCount)} open · ${number(lines.length)} shown` : "None") : " "}
        </p>
      </div>
      <Filters filter={filter} contents={contents} />
      {error && <Problem error={error} title={list ? "The list could not be renewed" : "The list could not be loaded"} />}
      {!list && loading && <Skeleton lines={8} label="Loading sessions" />}
      {list && lines.length === 0 && !error && <Empty filtered={Boolean(filter.state || filter.content)} />}
      {lines.length > 0 && (
        <div
          class={data ? "list" : "list stale"}
          aria-busy={!data}
          onMouseEnter={() => setBusy(true)}
          onMouseLeave={() => setBusy(false)}
          onFocusIn={() => setBusy(true)}
          onFocusOut={(event) => setBusy(event.currentTarget.contains(event.relatedTarget as Node | null))}
        >
          <button type="button" class="newcomers" hidden={waiting <= 0} onClick={() => setBusy(false)}>
            Show {waiting} new
          </button>
          <table class="sessions" role="table" aria-label="Sessions">
            <thead role="rowgroup">
              <tr role="row">
                <th class="c-state" role="columnheader" scope="col">State</th>
                <th class="c-content" role="columnheader" scope="col">Content</th>
                <th class="c-player" role="columnheader" scope="col">Player, person</th>
                <th class="c-played number" role="columnheader" scope="col">Time played</th>
                <th class="c-ads number" role="columnheader" scope="col">Ads</th>
                <th class="c-errors number" role="columnheader" scope="col">Errors</th>
                <th class="c-started number" role="columnheader" scope="col">Started</th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {lines.map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
            </tbody>
          </table>
          {list?.more && (
            <button type="button" class="quiet more" onClick={() => setPages(pages + 1)}>
              Show more
            </button>
          )}
        </div>
      )}
    </>
  );
}

export default function Sessions({ rest: [id] }: PageProps) {
  return id === undefined ? <SessionsPage /> : <SessionPage key={id} id={id} />;
}
