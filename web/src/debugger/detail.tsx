/** One request in full: why it was refused, field by field, what became of its events, and its body with the wrong places marked. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { number, shortId, shortType } from "../format.ts";
import { CopyButton } from "../parts/basics.tsx";
import { collectorUrl } from "../parts/first.tsx";
import { query, sessionPath, setQuery } from "../router.ts";
import { reasonWords } from "../session/fields.ts";
import { linkTo, zone } from "../view.ts";
import { wallAt } from "../zones.ts";
import { curlOf, linesOf, nearest, parsed, type Wrong, wrongOf } from "./body.ts";
import { Result, sessionsOf, timeOf } from "./list.tsx";
import type { ToldEvent, ToldRequest } from "./told.ts";
import { ADVICE, eventWords } from "./words.ts";

/** Words of the server: what is in backticks is literal. */
export function Literal({ text }: { text: string }) {
  return <>{text.split("`").map((part, n) => (n % 2 ? <code class="mono">{part}</code> : part))}</>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SESSIONS_SHOWN = 5;

function Facts({ request }: { request: ToldRequest }) {
  const wall = new Date(wallAt(Date.parse(request.received), zone.value)).toISOString();
  const known = sessionsOf(request);
  const sessions = [...new Set(request.events.map((event) => event.session).filter((id) => id !== null))];
  const visitors = [...new Set(request.events.map((event) => event.ecid).filter(Boolean))];
  return (
    <dl class="detail-facts">
      <Fact name="Received">
        <time dateTime={request.received}>
          {wall.slice(0, 10)} {timeOf(request.received)}
        </time>{" "}
        <span class="muted">{zone.value.replaceAll("_", " ")}</span>
      </Fact>
      <Fact name="Answer">
        {request.status ?? "2xx"}
        {request.title ? ` ${request.title}` : ""}
      </Fact>
      <Fact name="Path">
        <code class="mono">
          /{request.base}/{request.route}
        </code>
      </Fact>
      <Fact name="Datastream">{request.datastream ? <code class="mono">{request.datastream}</code> : <span class="muted">not named; events need not</span>}</Fact>
      {sessions.length > 0 && (
        <Fact name={sessions.length > 1 ? "Sessions" : "Session"}>
          {sessions.slice(0, SESSIONS_SHOWN).map((id) => (
            <span key={id} class="detail-session">
              {known.includes(id) ? <a href={linkTo(sessionPath(id))} class="mono">{id}</a> : <code class="mono">{id}</code>}
            </span>
          ))}
          {sessions.length > SESSIONS_SHOWN && <span class="muted">and {sessions.length - SESSIONS_SHOWN} more </span>}
          {sessions.length === 1 && query.value.get("session") !== sessions[0] && (
            <button type="button" class="quiet" onClick={() => setQuery({ session: sessions[0] as string, request: "" }, { back: true })}>
              Only this session
            </button>
          )}
        </Fact>
      )}
      {request.requestId && (
        <Fact name="Request ID">
          <code class="mono">{request.requestId}</code>
        </Fact>
      )}
      {visitors.length > 0 && (
        <Fact name="Visitor (ECID)">
          <code class="mono">{visitors.join(", ")}</code>
        </Fact>
      )}
      {request.userAgent && <Fact name="User agent">{request.userAgent}</Fact>}
      {request.clientIp && <Fact name="Address">{request.clientIp}</Fact>}
    </dl>
  );
}

/** Codes about the datastream that was named. */
const OF_DATASTREAMS = /^EXEG-000[234]-/;

function Why({ request, wrong }: { request: ToldRequest; wrong: Wrong[] }) {
  const { reason } = request;
  if (reason === null) return null;
  const advice = ADVICE[reason];
  return (
    <section class="detail-why" aria-labelledby="detail-why">
      <h3 id="detail-why">
        Refused: {request.title ?? "not answered with a body"} <a href={`/api/v1/docs#${reason}`}>{reason}</a>
      </h3>
      {request.mismatch ? (
        <p>{firstUp(request.mismatch)}.</p>
      ) : (
        wrong.length === 0 && (
          <p>
            <Literal text={firstUp(request.meaning ?? "")} />.
          </p>
        )
      )}
      {advice && (
        <p>
          {advice} {OF_DATASTREAMS.test(reason) && <a href="/settings">Datastreams</a>}
        </p>
      )}
      {reason === "va-edge-0400-400" && wrong.length === 0 && (
        <p>
          {request.truncated ? "The body was cut when it was kept, so its fields cannot be named." : "The body has no list named events, or an empty one."}
        </p>
      )}
      {wrong.length > 0 && (
        <ol class="wrong" aria-label="Fields to correct">
          {wrong.map((field) => (
            <li key={field.path + field.reason}>
              <code class="mono">{field.path}</code>
              <p>
                <strong>{field.reason}</strong>
                <span class="sub">
                  {firstUp(field.meaning)}. {field.sent === null ? "Nothing was sent here." : <>Sent: <code class="mono">{cut(field.sent)}</code></>}
                </span>
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const firstUp = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

function EventLine({ event }: { event: ToldEvent }) {
  return (
    <tr>
      <td>{event.index}</td>
      <th scope="row">{event.eventType ? shortType(event.eventType) || "unknown type" : "not media"}</th>
      <td>
        {firstUp(event.outcome)}
        {event.reason && event.outcome !== "refused" ? `: ${reasonWords(event.reason)}` : ""}
      </td>
      <td class="mono" title={event.session ?? undefined}>
        {event.session ? shortId(event.session) : "–"}
      </td>
    </tr>
  );
}

function Events({ request: { events, eventCount } }: { request: ToldRequest }) {
  if (events.length === 0) return null;
  return (
    <section aria-labelledby="detail-events">
      <h3 id="detail-events">Its events</h3>
      <table class="data detail-events" aria-label="Events of the request">
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">Type</th>
            <th scope="col">What became of it</th>
            <th scope="col">Session</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventLine key={event.index} event={event} />
          ))}
        </tbody>
      </table>
      {eventCount > events.length && <p class="muted">The first {events.length} of {number(eventCount)} are shown.</p>}
    </section>
  );
}

/** The lines with what is wrong behind them: at the field, or where it is missing. */
function Marked({ value, wrong }: { value: unknown; wrong: Wrong[] }) {
  const lines = useMemo(() => linesOf(value), [value]);
  const marks = useMemo(() => {
    const known = new Set(lines.map((line) => line.path));
    const found = new Map<string, string[]>();
    for (const { path, reason } of wrong) {
      const at = nearest(path, known);
      const words = at === path ? reason : `${path.slice(at.length).replace(/^\./, "")}: ${reason}`;
      found.set(at, [...(found.get(at) ?? []), words]);
    }
    return found;
  }, [lines, wrong]);
  const marked = new Set<string>();
  return (
    <pre tabIndex={0} aria-label="The body in lines">
      {lines.map(({ text, path }, n) => {
        const notes = path || n === 0 ? marks.get(path) : undefined;
        if (!notes || marked.has(path)) return <span key={n}>{`${text}\n`}</span>;
        marked.add(path);
        return (
          <mark key={n}>
            {text}
            <em>{` ◂ ${notes.join("; ")}`}</em>
            {"\n"}
          </mark>
        );
      })}
    </pre>
  );
}

function Body({ request, wrong }: { request: ToldRequest; wrong: Wrong[] }) {
  const [raw, setRaw] = useState(false);
  const { value, error } = useMemo(() => parsed(request.body), [request]);
  const plain = raw || error !== null;
  return (
    <section aria-labelledby="detail-body">
      <header class="detail-head">
        <h3 id="detail-body">Body</h3>
        <p class="muted">
          {number(request.bodyBytes)} bytes{request.truncated ? "; its beginning is shown" : ""}
        </p>
        {error === null && (
          <fieldset class="segments" aria-label="Form of the body">
            {([[false, "In lines"], [true, "As received"]] as const).map(([form, label]) => (
              <label key={label}>
                <input type="radio" name="body-form" checked={raw === form} onChange={() => setRaw(form)} />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
        )}
      </header>
      {error !== null && <p class="reason">{request.bodyBytes === 0 ? "There is none." : request.truncated ? "" : `It is no JSON: ${error}`}</p>}
      {request.bodyBytes > 0 && (
        <div class="json detail-json">
          <CopyButton text={request.body} label="Copy the body" />
          {plain ? (
            <pre tabIndex={0} class="raw" aria-label="The body as received">
              {request.body}
            </pre>
          ) : (
            <Marked value={value} wrong={wrong} />
          )}
        </div>
      )}
    </section>
  );
}

export function Detail({ request, onClose }: { request: ToldRequest; onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wrong = useMemo(() => wrongOf(request), [request]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    const box = heading.current?.closest("section");
    const top = box?.getBoundingClientRect().top ?? 0;
    if (box && (top < 0 || top > innerHeight * 0.35)) box.scrollIntoView();
  }, []);
  return (
    <section
      class="card detail"
      id="request-detail"
      aria-labelledby="detail-title"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header class="detail-head">
        <h2 id="detail-title" tabIndex={-1} ref={heading}>
          {eventWords(request)}
        </h2>
        <Result request={request} />
        <button type="button" class="quiet detail-close" onClick={onClose}>
          Close
        </button>
      </header>
      <Why request={request} wrong={wrong} />
      <Facts request={request} />
      <Events request={request} />
      <Body request={request} wrong={wrong} />
      {!request.truncated && (
        <p class="detail-again">
          <CopyButton text={curlOf(request, collectorUrl())} label="Copy as curl" words="Copy as curl" />
          <span class="muted">sends the same request again.</span>
        </p>
      )}
    </section>
  );
}
