/** The sessions of the period that went worst, each with a link to where it can be seen why. */
import { getSession, type Session } from "../api.ts";
import { cells, numbers, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { number, shortId } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { sessionPath, setQuery } from "../router.ts";
import { column, type Measured, stretch } from "../units.ts";
import { bounds, linkTo, zone } from "../view.ts";
import { wallAt } from "../zones.ts";
import { asked, type Order, ORDERS, SESSIONS_MANY } from "./asked.ts";
import { KBPS, SECONDS } from "./period.ts";

const COUNT: Measured = { id: "events", unit: "count" };
const MEASURED: readonly { id: string; name: string; metric: Measured; hint: string }[] = [
  { id: "total-buffer-duration", name: "Buffering", metric: SECONDS, hint: "Time waiting for data." },
  { id: "buffer-events", name: "Times", metric: COUNT, hint: "Times it waited for data." },
  { id: "total-stalling-duration", name: "Stalled", metric: SECONDS, hint: "Time the playhead stood still though the player said that it played." },
  { id: "error-events", name: "Errors", metric: COUNT, hint: "Errors the player reported." },
  { id: "time-to-start", name: "Start", metric: SECONDS, hint: "Time from the request to the first frame." },
  { id: "average-bitrate", name: "Bitrate", metric: KBPS, hint: "Mean while playing." },
  { id: "content-time-spent", name: "Played", metric: { id: "content-time-spent", unit: "seconds" }, hint: "Time main content played." },
];

interface Answer {
  report: ReportAnswer;
  /** Null: what is kept of the session is gone by retention. */
  sessions: (Session | null)[];
  order: Order;
}

export function WorstSessions() {
  const { order, sessions: limit } = asked.value;
  const question = { ...bounds.value, metrics: MEASURED.map(({ id }) => id), dimensions: ["media-session-id"], sort: `-${ORDERS[order].metric}`, limit, totals: false };
  const answered = useAnswer(JSON.stringify(question), async (signal): Promise<Answer> => {
    const report = await postReport(question, signal);
    const rows = report.rows.filter((_, n) => numbers(report, ORDERS[order].metric)[n]);
    const sessions = await Promise.all(rows.map(([id]) => getSession(String(id), signal).catch(() => null)));
    return { report: { ...report, rows }, sessions, order };
  });
  return (
    <Card
      id="sessions"
      title="Sessions that went worst"
      note={
        <span class="quality-note">
          <label class="quality-by">
            <span>By</span>
            <select value={order} onChange={(event) => setQuery({ worst: event.currentTarget.value, sessions: "" }, { back: true })}>
              {Object.entries(ORDERS).map(([id, { name }]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <a href={linkTo("/sessions", { time: "range", ...ORDERS[order].all })}>Open in Sessions</a>
        </span>
      }
    >
      <Shown of={answered} what="The sessions" lines={10}>
        {(answer, stale) => <List {...answer} stale={stale} />}
      </Shown>
    </Card>
  );
}

const textOf = (session: Session | null, name: string): string => {
  const value = session?.mediaReporting.sessionDetails[name];
  return typeof value === "string" ? value : "";
};

function List({ report, sessions, order, stale }: Answer & { stale: boolean }) {
  if (report.rows.length === 0) return <p class="none">{ORDERS[order].none}</p>;
  const first = ORDERS[order].metric;
  const measured = MEASURED.toSorted((a, b) => Number(b.id === first) - Number(a.id === first));
  const written = measured.map(({ id, metric }) => column(metric, numbers(report, id)));
  const ids = cells(report, "media-session-id").map(String);
  return (
    <>
      <DataTable
        label="Sessions that went worst"
        stale={stale}
        sort={`-${first}`}
        columns={[
          { id: "session", name: "Session" },
          ...measured.map(({ id, name, hint }, n) => ({ id, name, hint, number: true, unit: written[n]?.unit ?? "" })),
          { id: "started", name: "Started" },
        ]}
        rows={ids.map((id, row) => {
          const session = sessions[row] ?? null;
          return [
            <>
              <a href={linkTo(sessionPath(id))}>{session?.contentName || textOf(session, "name") || shortId(id)}</a>
              <span class="sub">{session ? `${textOf(session, "playerName")} ${textOf(session, "appVersion")}` : "What was kept of it is gone."}</span>
            </>,
            ...measured.map(({ id: metric }, n) => {
              const text = written[n]?.text(numbers(report, metric)[row] ?? null);
              return metric === first ? <b key={metric}>{text}</b> : text;
            }),
            <span key="started" class="quality-when">
              {session ? stretch(wallAt(Date.parse(session.startedAt), zone.value), "minute") : "–"}
            </span>,
          ];
        })}
      />
      {report.cursor && asked.value.sessions < SESSIONS_MANY && (
        <button type="button" class="quiet quality-more" onClick={() => setQuery({ sessions: String(SESSIONS_MANY) }, { back: true })}>
          Show {number(SESSIONS_MANY)}
        </button>
      )}
    </>
  );
}
