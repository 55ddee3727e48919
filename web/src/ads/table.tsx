/** Numbers of ads by a dimension: sorted by the server, each value a link that narrows the page to it. */
import { useState } from "preact/hooks";
import { type Cell, cells, numbers, postReport, type ReportAnswer, useAnswer, useCatalogue } from "../ask.ts";
import type { ComponentChildren } from "preact";
import { Shown } from "../parts/reports.tsx";
import { type Column, DataTable } from "../parts/tables.tsx";
import { query, setQuery } from "../router.ts";
import { change, column, type Measured } from "../units.ts";
import { bounds, compared } from "../view.ts";
import { narrowedTo, onlyAds } from "./filter.tsx";

const MEASURED: [string, Measured][] = [
  ["Starts", { id: "ad-starts", unit: "count" }],
  ["Completes", { id: "ad-completes", unit: "count" }],
  ["Completion", { id: "ad-completion-rate", unit: "ratio" }],
  ["Time", { id: "ad-time-spent", unit: "seconds" }],
  ["Time an ad", { id: "avg-ad-time-spent", unit: "seconds" }],
];
export const OF_ADS = MEASURED.map(([, { id }]) => id);

/** What more is known of each value: its name, further columns. */
export interface More {
  name: (value: Cell) => string;
  columns: { column: Column; text: (value: Cell) => ComponentChildren }[];
}

interface AdTableProps {
  /** Of the table, for those who do not see it. */
  label: string;
  dimension: string;
  /** The parameter of the address that holds its order. */
  sortedBy: string;
  more?: ((report: ReportAnswer, signal: AbortSignal) => Promise<More>) | undefined;
  /** Of the grey bars that hold its place. */
  lines?: number;
}

const ROWS_FIRST = 10;
const ROWS_MORE = 50;
const NO_MORE: More = { name: () => "", columns: [] };

export function AdTable({ label, dimension, sortedBy, more, lines = 7 }: AdTableProps) {
  const { answer: catalogue } = useCatalogue();
  const [limit, setLimit] = useState(ROWS_FIRST);
  const known = new Set([dimension, ...OF_ADS]);
  const given = query.value.get(sortedBy) ?? "";
  const sort = known.has(given.replace(/^-/, "")) ? given : "-ad-starts";
  const question = { ...bounds.value, ...compared.value, ...onlyAds.value, metrics: OF_ADS, dimensions: [dimension], sort, limit };
  const answered = useAnswer(JSON.stringify(question), async (signal) => {
    const report = await postReport(question, signal);
    return { report, by: dimension, more: more && report.rows.length ? await more(report, signal) : NO_MORE };
  });
  return (
    <Shown of={answered} what={label} lines={lines}>
      {({ report, by, more: also }, stale) => {
        const values = cells(report, by);
        const before = report.columns.includes("compare:ad-starts") ? numbers(report, "compare:ad-starts") : null;
        const shown = MEASURED.map(([, metric]) => numbers(report, metric.id));
        const written = MEASURED.map(([, metric], n) => column(metric, [...(shown[n] ?? []), report.totals[metric.id] ?? null]));
        const of = (id: string) => catalogue?.metrics.find((one) => one.id === id);
        const heading = catalogue?.dimensions.find((one) => one.id === by)?.name ?? by;
        if (values.length === 0) return <p class="muted">No ad of these had a value of it.</p>;
        return (
          <>
            <DataTable
              label={label}
              stale={stale}
              sort={sort}
              onSort={(next) => setQuery({ [sortedBy]: next === "-ad-starts" ? "" : next }, { back: true })}
              columns={[
                { id: by, name: heading, sortable: true },
                ...also.columns.map((one) => one.column),
                ...MEASURED.map(([name, { id }], n) => ({ id, name, number: true, unit: written[n]?.unit ?? "", hint: of(id)?.definition ?? "", sortable: true })),
                ...(before ? [{ id: "change", name: "Change", number: true, hint: "Of the starts, from the period before." }] : []),
              ]}
              rows={values.map((value, row) => [
                <>
                  <a href={narrowedTo(catalogue, by, value)}>{also.name(value) || String(value)}</a>
                  {also.name(value) && <span class="sub">{String(value)}</span>}
                </>,
                ...also.columns.map((one) => one.text(value)),
                ...MEASURED.map((_, n) => written[n]?.text(shown[n]?.[row] ?? null)),
                ...(before ? [change(shown[0]?.[row], before[row], COUNT) || "–"] : []),
              ])}
              foot={[
                "All ads",
                ...also.columns.map(() => ""),
                ...MEASURED.map(([, { id }], n) => written[n]?.text(report.totals[id] ?? null)),
                ...(before ? [change(report.totals["ad-starts"], report.totals["compare:ad-starts"], COUNT) || "–"] : []),
              ]}
            />
            {report.cursor && (
              <button type="button" class="quiet more" onClick={() => setLimit(limit + ROWS_MORE)}>
                Show more
              </button>
            )}
          </>
        );
      }}
    </Shown>
  );
}

const COUNT: Measured = { id: "ad-starts", unit: "count" };
