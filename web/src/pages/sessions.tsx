/** The list of sessions, live: open ones first, then the newest; or those that went worst. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { getSessions, type SessionSearch, type SessionSummary } from "../api.ts";
import { number } from "../format.ts";
import { useLive } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { Problem, Skeleton } from "../parts/basics.tsx";
import { NoSessionsYet } from "../parts/first.tsx";
import { Filters } from "../sessions/filters.tsx";
import { SessionRow } from "../sessions/row.tsx";
import { linkTo } from "../view.ts";
import { choose, closedOnly, narrowed, order, search, state } from "../sessions/search.ts";
import { SessionPage } from "./session.tsx";

/** The order for a person: what runs now above what is over, each newest first. */
function inOrder(sessions: SessionSummary[]): SessionSummary[] {
  const seen = new Map(sessions.map((session) => [session.id, session]));
  const rank = (session: SessionSummary) => (session.state === "open" ? 0 : 1);
  return [...seen.values()].sort((a, b) => rank(a) - rank(b) || Date.parse(b.startedAt) - Date.parse(a.startedAt));
}

/** So many pages of a search, and whether there are more. */
async function loadPages(asked: SessionSearch, pages: number, signal: AbortSignal) {
  const items: SessionSummary[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page++) {
    const got = await getSessions(asked, cursor, signal);
    items.push(...got.items);
    cursor = got.cursor;
    if (!cursor) break;
  }
  return { items, more: cursor !== null };
}

async function load(asked: SessionSearch, newest: boolean, pages: number, signal: AbortSignal) {
  const of = JSON.stringify(asked);
  if (!newest || asked["state"]) {
    const { items, more } = await loadPages(asked, pages, signal);
    return { sessions: newest ? inOrder(items) : items, more, of };
  }
  const [{ items, more }, open] = await Promise.all([
    loadPages(asked, pages, signal),
    getSessions({ ...asked, state: "open" }, null, signal),
  ]);
  return { sessions: inOrder([...items, ...open.items]), more, of };
}

function Empty() {
  if (!narrowed.value && !order.value) return <NoSessionsYet seen="It appears here within two seconds." />;
  const only = closedOnly.value && state.value !== "" && state.value !== "closed";
  return (
    <div class="empty">
      <h2>No session matches</h2>
      <p>
        {only ? "A segment, and an order other than by start, are of closed sessions only. " : "No session fits all of these filters. "}
        <a href={linkTo("/sessions", { segment: "" })}>Show all sessions</a>
      </p>
    </div>
  );
}

/** A heading that sorts; on a narrow page, which has no headings, the choice above the list does. */
function Sorter({ sort, label, title }: { sort: string; label: string; title: string }) {
  const on = order.value === sort;
  return (
    <th class={`c-${label.toLowerCase()} number`} role="columnheader" scope="col" aria-sort={on ? "descending" : undefined} title={title}>
      <button type="button" class="sorter" onClick={() => choose({ sort })}>
        {label}
        <span class="arrow" aria-hidden="true">
          {on ? "↓" : ""}
        </span>
      </button>
      <span class="narrow-label">{label}</span>
    </th>
  );
}

/** While a person points at the list or tabs through it, lines keep their places; newcomers wait behind a button. Another question `of` starts afresh. */
function useSteadyOrder(sessions: SessionSummary[] | undefined, of: string | undefined, busy: boolean) {
  const shown = useRef<string[]>([]);
  const shownOf = useRef(of);
  return useMemo(() => {
    if (!sessions) return { lines: [], waiting: 0 };
    if (shownOf.current !== of) shown.current = [];
    shownOf.current = of;
    const ids = sessions.map((session) => session.id);
    const byId = new Map(sessions.map((session) => [session.id, session]));
    const kept = shown.current.filter((id) => byId.has(id));
    // What comes after the last line moves nothing: a further page is shown at once.
    const after = ids.slice(Math.max(...kept.map((id) => ids.indexOf(id))) + 1);
    shown.current = !busy || kept.length === 0 ? ids : [...kept, ...after];
    return { lines: shown.current.map((id) => byId.get(id) as SessionSummary), waiting: ids.length - shown.current.length };
  }, [sessions, of, busy]);
}

function SessionsPage() {
  const asked = search.value;
  const newest = !closedOnly.value;
  const [pages, setPages] = useState(1);
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify([asked, pages]);
  const { data, error, loading } = useLive(key, (signal) => load(asked, newest, pages, signal));
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data) setLast(data);
  }, [data]);
  useEffect(() => {
    document.title = "Sessions · Playhead";
  }, []);
  const list = data ?? last;
  const { lines, waiting } = useSteadyOrder(list?.sessions, list?.of, busy);
  const listed = useMemo(() => (list?.sessions ?? []).map(({ content, contentName }) => [content, contentName ?? ""] as const), [list]);
  const openCount = lines.filter((session) => session.state === "open").length;

  return (
    <>
      <div class="heading">
        <h1>Sessions</h1>
        <p class="muted" role="status">
          {list ? (lines.length ? `${newest ? `${number(openCount)} open` : "Closed sessions only"} · ${number(lines.length)} shown` : "None") : " "}
        </p>
      </div>
      <Filters listed={listed} />
      {error && <Problem error={error} title={list ? "The list could not be renewed" : "The list could not be loaded"} />}
      {!list && loading && <Skeleton lines={8} label="Loading sessions" />}
      {list && lines.length === 0 && !error && <Empty />}
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
                <Sorter sort="waiting" label="Waited" title="Time to start, buffering and stalls together" />
                <Sorter sort="errors" label="Errors" title="Errors the player reported" />
                <th class="c-ads number" role="columnheader" scope="col">Ads</th>
                <Sorter sort="" label="Started" title="When it started" />
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
