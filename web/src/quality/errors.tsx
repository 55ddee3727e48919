/** Errors by their id: how many sessions had each, when, and the way to these sessions. */
import { type Cell, cells, numbers, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { LineChart } from "../charts/line.tsx";
import { closedInAll, share } from "../closed.ts";
import { number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { go } from "../router.ts";
import { change, column } from "../units.ts";
import { bounds, compared } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { narrowedTo } from "./asked.ts";
import { type Course, course, SHARE, STREAMS } from "./period.ts";

const SOURCES: readonly [dimension: string, words: string][] = [
  ["player-sdk-error-ids", "Player"],
  ["external-error-ids", "Outside the player"],
];
const METRIC = "error-impacted-streams";
const IDS_MOST = 50;
const LINES_MOST = 5;
const ROWS_MOST = 50_000;

interface ErrorId {
  dimension: string;
  source: string;
  id: Cell;
  sessions: number;
  before: number | null;
  /** By the stretches of the course. */
  values: (number | null)[];
}

/** Ids of both sources, those of most sessions first. */
async function errorIds({ report, granularity }: Course, signal: AbortSignal): Promise<ErrorId[]> {
  const question = { ...bounds.value, ...compared.value, metrics: [METRIC] };
  const place = new Map(cells(report, "time").map((time, n) => [String(time), n]));
  const of = async ([dimension, source]: readonly [string, string]): Promise<ErrorId[]> => {
    const [ids, times] = await Promise.all([
      postReport({ ...question, dimensions: [dimension], limit: IDS_MOST }, signal),
      postReport({ ...bounds.value, metrics: [METRIC], dimensions: [dimension], granularity, limit: ROWS_MOST, totals: false }, signal),
    ]);
    const before = ids.columns.includes(`compare:${METRIC}`) ? numbers(ids, `compare:${METRIC}`) : [];
    const values = valuesOf(times, dimension, place);
    return cells(ids, dimension).map((id, row) => ({
      dimension,
      source,
      id,
      sessions: numbers(ids, METRIC)[row] ?? 0,
      before: before[row] ?? null,
      values: values.get(id) ?? [...place].map(() => 0),
    }));
  };
  const found = await Promise.all(SOURCES.map(of));
  return found.flat().sort((a, b) => b.sessions - a.sessions);
}

function valuesOf(times: ReportAnswer, dimension: string, place: ReadonlyMap<string, number>): Map<Cell, number[]> {
  const values = new Map<Cell, number[]>();
  const found = numbers(times, METRIC);
  const stretches = cells(times, "time");
  cells(times, dimension).forEach((id, row) => {
    const held = values.get(id) ?? [...place].map(() => 0);
    values.set(id, held);
    const at = place.get(String(stretches[row]));
    if (at !== undefined) held[at] = found[row] ?? 0;
  });
  return values;
}

export function Errors({ shown }: { shown: Course }) {
  const key = JSON.stringify([bounds.value, compared.value, shown.granularity, shown.report.freshness.eventsUntil]);
  const answered = useAnswer(key, async (signal) => ({ ids: await errorIds(shown, signal), shown }));
  return (
    <Card id="errors" title="Errors" note="Sessions that had them, by what the player called them.">
      <Shown of={answered} what="The errors" lines={10}>
        {({ ids, shown: of }, stale) =>
          ids.length === 0 && !of.report.totals[METRIC] ? (
            <p class="none">No player reported an error.</p>
          ) : (
            <div class="quality-pair">
              <ErrorTable ids={ids} report={of.report} stale={stale} />
              <ErrorLines ids={ids} of={of} />
            </div>
          )
        }
      </Shown>
    </Card>
  );
}

/** Narrow the page and go on to its list of sessions, which is there already. */
function toSessions(event: MouseEvent): void {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go((event.currentTarget as HTMLAnchorElement).href);
  const card = document.getElementById("sessions");
  card?.scrollIntoView();
  card?.querySelector<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
}

function ErrorLines({ ids, of: { report, granularity } }: { ids: ErrorId[]; of: Course }) {
  const at = cells(report, "time").map((time) => wallOfTime(String(time)));
  const lines = ids.slice(0, LINES_MOST).map(({ id, values }) => ({ name: String(id), values }));
  const any = { name: "Any error", values: course(report, METRIC).values };
  return (
    <div>
      <LineChart label="Sessions with errors over time" metric={STREAMS} at={at} granularity={granularity} height={240} lines={[any, ...lines]} />
    </div>
  );
}

function ErrorTable({ ids, report, stale }: { ids: ErrorId[]; report: ReportAnswer; stale: boolean }) {
  const all = closedInAll(report);
  const shares = ids.map(({ sessions }) => share(sessions, all));
  const any = share(report.totals[METRIC], all);
  const written = column(SHARE, [...shares, any]);
  const isCompared = `compare:${METRIC}` in report.totals;
  const compared = (now: number | null | undefined, before: number | null | undefined) => (isCompared ? [change(now, before, STREAMS) || "–"] : []);
  return (
    <div>
      <DataTable
        label="Errors by id"
        stale={stale}
        columns={[
          { id: "error", name: "Error" },
          { id: "source", name: "Reported from" },
          { id: "sessions", name: "Sessions", number: true, hint: "Sessions that had this error." },
          { id: "share", name: "Of all", number: true, unit: written.unit, hint: "Of the sessions that closed." },
          ...(isCompared ? [{ id: "change", name: "Change", number: true }] : []),
        ]}
        rows={ids.map(({ dimension, source, id, sessions, before }, n) => [
          <a key={String(id)} href={narrowedTo(dimension, id, { worst: "errors" })} onClick={toSessions}>
            {String(id) || "Empty"}
          </a>,
          source,
          number(sessions),
          written.text(shares[n] ?? null),
          ...compared(sessions, before),
        ])}
        foot={["Any", "", number(report.totals[METRIC] ?? 0), written.text(any), ...compared(report.totals[METRIC], report.totals[`compare:${METRIC}`])]}
      />
      <p class="sub quality-legend">A session can have several. Choose one to see which sessions had it.</p>
    </div>
  );
}
