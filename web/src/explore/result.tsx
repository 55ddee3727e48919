/** What is answered: a chart, a table in pages, CSV, the SQL behind it. */
import { useState } from "preact/hooks";
import { type Catalogue, type Cell, cells, numbers, postReport, type ReportAnswer } from "../ask.ts";
import { BarChart } from "../charts/bars.tsx";
import { type Line, LineChart } from "../charts/line.tsx";
import { MetricTile, NO_END } from "../parts/reports.tsx";
import { Card, CopyButton } from "../parts/basics.tsx";
import { type Column, DataTable } from "../parts/tables.tsx";
import { csvOf, download } from "../csv.ts";
import { number } from "../format.ts";
import { sessionPath } from "../router.ts";
import { change, column, stretch } from "../units.ts";
import { linkTo } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { ask, type Asked, dimensionOf, metricOf, question } from "./question.ts";

export const PAGE_ROWS = 50;
const LINES_MOST = 6;
const BARS_MOST = 20;
/** Most rows of one answer, by the API. */
const ROWS_MOST = 50_000;

/** A value of a dimension as text. Texts are shown, never run: they come from whoever plays. */
export function cellText(value: Cell | undefined, kind: string, granularity: string): string {
  if (value === null || value === undefined) return "–";
  return kind === "time" && typeof value === "string" ? stretch(wallOfTime(value), granularity) : String(value);
}

interface ResultProps {
  catalogue: Catalogue;
  answer: ReportAnswer;
  /** Whether it has rows of live content only. */
  endless: boolean;
  of: Asked;
  stale: boolean;
}

export function Result({ catalogue, answer, endless, of, stale }: ResultProps) {
  const drawn = of.metrics.includes(of.drawn) ? of.drawn : (of.metrics[0] as string);
  return (
    <>
      <Totals catalogue={catalogue} answer={answer} of={of} />
      {endless && <p class="sub">{NO_END} The API and the CSV have 0 there.</p>}
      {(of.by.length > 0 || of.granularity) && answer.rows.length > 0 && (
        <Card id="explore-chart" title={metricOf(catalogue, drawn).name} note={of.metrics.length > 1 && <DrawnChoice catalogue={catalogue} of={of} drawn={drawn} />}>
          {of.granularity ? <Lines catalogue={catalogue} answer={answer} of={of} drawn={drawn} /> : <Bars catalogue={catalogue} answer={answer} of={of} drawn={drawn} />}
        </Card>
      )}
      {(of.by.length > 0 || of.granularity) && <Rows catalogue={catalogue} answer={answer} of={of} stale={stale} />}
      <Meanings catalogue={catalogue} of={of} />
      <Sql sql={answer.sql} />
    </>
  );
}

function Totals({ catalogue, answer, of }: Omit<ResultProps, "stale" | "endless">) {
  return (
    <div class="tiles" role="group" aria-label="Totals">
      {of.metrics.map((id) => {
        const metric = metricOf(catalogue, id);
        return (
          <MetricTile key={id} name={metric.name} hint={metric.definition} metric={metric} value={answer.totals[id]} before={answer.totals[`compare:${id}`]} />
        );
      })}
    </div>
  );
}

function DrawnChoice({ catalogue, of, drawn }: { catalogue: Catalogue; of: Asked; drawn: string }) {
  return (
    <label class="form-row">
      <span>Draw</span>
      <select value={drawn} onChange={(event) => ask({ drawn: event.currentTarget.value, page: of.page })}>
        {of.metrics.map((id) => (
          <option key={id} value={id}>
            {metricOf(catalogue, id).name}
          </option>
        ))}
      </select>
    </label>
  );
}

type DrawProps = Omit<ResultProps, "stale" | "endless"> & { drawn: string };

const rowName = (answer: ReportAnswer, row: number, of: Asked, catalogue: Catalogue): string =>
  of.by.map((id) => cellText(answer.rows[row]?.[answer.columns.indexOf(id)], dimensionOf(catalogue, id).kind, id)).join(" · ");

function Bars({ catalogue, answer, of, drawn }: DrawProps) {
  const from = (of.page - 1) * PAGE_ROWS;
  const values = numbers(answer, drawn);
  const before = answer.columns.includes(`compare:${drawn}`) ? numbers(answer, `compare:${drawn}`) : null;
  const bars = values.slice(from, from + BARS_MOST).map((value, n) => ({
    name: rowName(answer, from + n, of, catalogue),
    value,
    ...(before ? { before: before[from + n] ?? null } : {}),
  }));
  return <BarChart label={`${metricOf(catalogue, drawn).name} by ${of.by.join(", ")}`} metric={metricOf(catalogue, drawn)} bars={bars} />;
}

function Lines({ catalogue, answer, of, drawn }: DrawProps) {
  const metric = metricOf(catalogue, drawn);
  const times = cells(answer, "time").map(String);
  const stretches = [...new Set(times)].sort();
  const place = new Map(stretches.map((time, n) => [time, n]));
  const values = numbers(answer, drawn);
  const series = new Map<string, (number | null)[]>();
  values.forEach((value, row) => {
    const name = of.by.length ? rowName(answer, row, of, catalogue) : metric.name;
    const held = series.get(name) ?? stretches.map((): number | null => null);
    series.set(name, held);
    held[place.get(times[row] ?? "") ?? 0] = value;
  });
  const sum = (numbers: (number | null)[]) => numbers.reduce<number>((total, value) => total + (value ?? 0), 0);
  const largest = [...series].sort((a, b) => sum(b[1]) - sum(a[1])).slice(0, LINES_MOST);
  const lines: Line[] = largest.map(([name, held]) => ({ name, values: held }));
  if (!of.by.length && answer.columns.includes(`compare:${drawn}`)) {
    const before = stretches.map((): number | null => null);
    numbers(answer, `compare:${drawn}`).forEach((value, row) => {
      before[place.get(times[row] ?? "") ?? 0] = value;
    });
    lines.push({ name: "Before", values: before, before: true });
  }
  return (
    <>
      <LineChart label={`${metric.name} over time`} metric={metric} at={stretches.map(wallOfTime)} granularity={of.granularity || "hour"} lines={lines} />
      {series.size > LINES_MOST && <p class="sub">The {LINES_MOST} largest of {number(series.size)} are drawn; the table has all.</p>}
    </>
  );
}

function Rows({ catalogue, answer, of, stale }: Omit<ResultProps, "endless">) {
  const from = (of.page - 1) * PAGE_ROWS;
  const rows = answer.rows.slice(from, from + PAGE_ROWS);
  const words = answer.columns.slice(0, (of.granularity ? 1 : 0) + of.by.length);
  const isCompared = answer.columns.some((name) => name.startsWith("compare:"));
  const written = of.metrics.map((id) => column(metricOf(catalogue, id), [...numbers(answer, id), answer.totals[id] ?? null]));
  const columns: Column[] = [
    ...words.map((id): Column => (id === "time" ? { id, name: "Time", sortable: true } : { id: dimensionSort(id, of), name: dimensionOf(catalogue, id).name, sortable: true })),
    ...of.metrics.flatMap((id, n): Column[] => {
      const { name, definition } = metricOf(catalogue, id);
      const main = { id, name, number: true, unit: written[n]?.unit ?? "", hint: definition, sortable: true };
      return isCompared ? [main, { id: `change ${id}`, name: "Change", number: true }] : [main];
    }),
  ];
  const line = (value: (id: string) => number | null) =>
    of.metrics.flatMap((id, n) => {
      const text = written[n]?.text(value(id));
      return isCompared ? [text, change(value(id), value(`compare:${id}`), metricOf(catalogue, id)) || "–"] : [text];
    });
  return (
    <Card id="explore-rows" title="Rows" note={<Paging answer={answer} of={of} />}>
      <DataTable
        label="Rows"
        stale={stale}
        columns={columns}
        sort={of.sort || (of.granularity ? "time" : `-${of.metrics[0]}`)}
        onSort={(sort) => ask({ sort })}
        rows={rows.map((row) => {
          const number = (id: string) => {
            const value = row[answer.columns.lastIndexOf(id)];
            return typeof value === "number" ? value : null;
          };
          const texts = words.map((id, n) => {
            if (id === "media-session-id") return <a href={linkTo(sessionPath(String(row[n])))}>{String(row[n])}</a>;
            if (id === "content") return <a href={linkTo("/content", { content: String(row[n]) })}>{String(row[n])}</a>;
            return id === "time" ? cellText(row[n], "time", of.granularity) : cellText(row[n], dimensionOf(catalogue, id).kind, id);
          });
          return [...texts, ...line(number)];
        })}
        foot={[...words.map((_, n) => (n === 0 ? "Total" : "")), ...line((id) => answer.totals[id] ?? null)]}
      />
    </Card>
  );
}

/** A word that is both a metric and a dimension is sorted by as the dimension only when it is said so. */
const dimensionSort = (id: string, of: Asked): string => (of.metrics.includes(id) ? `dimension:${id}` : id);

function Paging({ answer, of }: { answer: ReportAnswer; of: Asked }) {
  const from = (of.page - 1) * PAGE_ROWS;
  const last = Math.min(from + PAGE_ROWS, answer.rows.length);
  const more = answer.rows.length > last || answer.cursor !== null;
  return (
    <span class="paging">
      <span role="status">
        {answer.rows.length ? `${number(from + 1)} – ${number(last)}` : "None"}
        {more || answer.cursor ? "" : ` of ${number(answer.rows.length)}`}
      </span>
      {(of.page > 1 || more) && (
        <>
          <button type="button" class="quiet" disabled={of.page <= 1} onClick={() => ask({ page: of.page - 1 })}>
            Previous
          </button>
          <button type="button" class="quiet" disabled={!more} onClick={() => ask({ page: of.page + 1 })}>
            Next
          </button>
        </>
      )}
      <CsvButton />
    </span>
  );
}

/** All rows of the question, not only those shown. */
function CsvButton() {
  const [state, setState] = useState("");
  const save = async () => {
    setState("Collecting …");
    try {
      const asking = question.value;
      let answer = await postReport({ ...asking, limit: ROWS_MOST });
      const rows = [...answer.rows];
      while (answer.cursor) {
        answer = await postReport({ ...asking, limit: ROWS_MOST, cursor: answer.cursor });
        rows.push(...answer.rows);
      }
      download(`playhead ${asking.from.slice(0, 10)} ${asking.until.slice(0, 10)}.csv`, csvOf(answer.columns, rows));
      setState("");
    } catch (error) {
      setState((error as Error).message);
    }
  };
  return (
    <>
      <button type="button" class="quiet" onClick={save}>
        Download CSV
      </button>
      <span role="status">{state}</span>
    </>
  );
}

/** Definitions as text: a title on a heading is not seen on a phone, nor without a mouse. */
function Meanings({ catalogue, of }: Pick<ResultProps, "catalogue" | "of">) {
  const known = of.metrics.map((id) => metricOf(catalogue, id)).filter(({ definition }) => definition);
  if (known.length === 0) return null;
  return (
    <details class="card sql">
      <summary>What the metrics mean</summary>
      <dl class="meanings">
        {known.map(({ id, name, definition }) => (
          <div key={id}>
            <dt>{name}</dt>
            <dd class="muted">{definition}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Sql({ sql }: { sql: string }) {
  return (
    <details class="card sql">
      <summary>The SQL behind it</summary>
      <p class="muted">
        For <code class="mono">playhead query</code> or <code class="mono">POST /api/v1/query</code>.
      </p>
      <div class="json">
        <CopyButton text={sql} label="Copy the SQL" />
        <pre tabIndex={0}>{sql}</pre>
      </div>
    </details>
  );
}
