/** Quality by player, app version, content … side by side: where it is worst, and a way to narrow the page to it. */
import { type Catalogue, type Cell, cells, numbers, postReport, type ReportAnswer, useAnswer, useCatalogue } from "../ask.ts";
import { CLOSED, closed, closedInAll, shares } from "../closed.ts";
import { usual } from "../content/ask.ts";
import { dimensionOf } from "../explore/question.ts";
import { number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { setQuery } from "../router.ts";
import { column, type Measured } from "../units.ts";
import { bounds, linkTo } from "../view.ts";
import { asked, narrowedTo, USUAL } from "./asked.ts";
import { enoughOf, type Group, inOrder, worstOf } from "./groups.ts";
import { BUFFERING, KBPS, LEFT, SECONDS, SHARE, total } from "./period.ts";

interface Compared {
  id: string;
  name: string;
  metric: Measured;
  hint: string;
  /** The smallest is worst. */
  lowest?: boolean;
  /** Counted sessions: shown as a share of those that closed. */
  shared?: boolean;
}

const COLUMNS: readonly Compared[] = [
  { id: "time-to-start.p50", name: "Start, median", metric: SECONDS, hint: "Half of the sessions took no longer to start." },
  { id: "time-to-start.p95", name: "Start, p95", metric: SECONDS, hint: "95 % of the sessions took no longer to start." },
  { id: "drop-before-start-rate", name: "Left before start", metric: LEFT, hint: "Share of the sessions begun that never reached main content." },
  { id: "buffer-impacted-streams", name: "Buffered", metric: SHARE, hint: "Sessions that waited for data, of those that closed.", shared: true },
  { id: "content-buffer-duration-rate", name: "Buffering time", metric: BUFFERING, hint: "Time waiting for data by content time." },
  { id: "stall-impacted-streams", name: "Stalled", metric: SHARE, hint: "Sessions with a stall, of those that closed.", shared: true },
  { id: "error-impacted-streams", name: "With errors", metric: SHARE, hint: "Sessions with an error, of those that closed.", shared: true },
  { id: "average-bitrate", name: "Bitrate", metric: KBPS, hint: "Mean over sessions of their mean bitrate while playing.", lowest: true },
];
const GROUPS_MOST = 1000;
const ROWS_SHOWN = 15;

interface Answer {
  report: ReportAnswer;
  by: string;
  names: ReadonlyMap<string, string>;
}

/** The name each content had most often. */
async function namesOf(contents: Cell[], signal: AbortSignal): Promise<Map<string, string>> {
  if (contents.length === 0) return new Map();
  const { from, until, timeZone } = bounds.value;
  const segment = { dimension: "content", op: "in", value: contents };
  const question = { from, until, timeZone, segment, metrics: ["media-starts"], dimensions: ["content", "content-name"], limit: 10 * GROUPS_MOST, totals: false };
  return usual(await postReport(question, signal));
}

export function Breakdown() {
  const { by } = asked.value;
  const { answer: catalogue } = useCatalogue();
  const question = { ...bounds.value, metrics: [...CLOSED, ...COLUMNS.map(({ id }) => id)], dimensions: [by], limit: GROUPS_MOST };
  const answered = useAnswer(JSON.stringify(question), async (signal): Promise<Answer> => {
    const report = await postReport(question, signal);
    return { report, by, names: by === "content" ? await namesOf(cells(report, "content"), signal) : new Map() };
  });
  const explore = linkTo("/explore", { metrics: question.metrics.join(","), by });
  return (
    <Card
      id="breakdown"
      title="Where it is worst"
      note={
        <span class="quality-note">
          <ByChoice catalogue={catalogue} />
          <a href={explore}>Open in Explore</a>
        </span>
      }
    >
      <Shown of={answered} what="The breakdown" lines={9}>
        {(answer, stale) => <Groups {...answer} catalogue={catalogue} stale={stale} />}
      </Shown>
    </Card>
  );
}

/** What sessions have in common with others. */
const offered = (catalogue: Catalogue) =>
  catalogue.dimensions.filter(
    ({ id, grain, kind }) =>
      grain === "session" && (kind === "value" || kind === "list") && id !== "media-session-id" && !USUAL.some(([usual]) => usual === id),
  );

function ByChoice({ catalogue }: { catalogue: Catalogue | null }) {
  const { by } = asked.value;
  const others = catalogue ? offered(catalogue) : [];
  const known = USUAL.some(([id]) => id === by) || others.some(({ id }) => id === by);
  return (
    <label class="quality-by">
      <span>By</span>
      <select value={by} onChange={(event) => setQuery({ by: event.currentTarget.value, sort: "" }, { back: true })}>
        {!known && <option value={by}>{dimensionOf(catalogue, by).name}</option>}
        {USUAL.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <optgroup label="More">
          {others.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

function groupsOf(report: ReportAnswer): Group[] {
  const sessions = closed(report);
  const columns = COLUMNS.map(({ id, shared }) => (shared ? shares(report, id) : numbers(report, id)));
  return report.rows.map(([value], row) => ({
    value: value ?? "",
    sessions: sessions[row] ?? 0,
    numbers: Object.fromEntries(COLUMNS.map(({ id }, n) => [id, columns[n]?.[row] ?? null])),
  }));
}

const wholeOf = (report: ReportAnswer, { id, shared }: Compared): number | null => total(report, id, shared).value ?? null;

function Groups({ report, by, names, catalogue, stale }: Answer & { catalogue: Catalogue | null; stale: boolean }) {
  const { sort } = asked.value;
  const name = USUAL.find(([id]) => id === by)?.[1] ?? dimensionOf(catalogue, by).name;
  const all = groupsOf(report);
  if (all.length === 0) return <p class="none">No session in this range says its {name.toLowerCase()}. Choose something else to compare by.</p>;
  const enough = enoughOf(closedInAll(report));
  const wholes = COLUMNS.map((one) => wholeOf(report, one));
  const worst = COLUMNS.map(({ id, lowest }, n) => worstOf(all, id, wholes[n] ?? null, enough, lowest));
  const groups = inOrder(all, sort, enough).slice(0, ROWS_SHOWN);
  const written = COLUMNS.map(({ id, metric }, n) => column(metric, [...groups.map((group) => group.numbers[id] ?? null), wholes[n] ?? null]));
  const fewer = groups.some((group) => group.sessions < enough);
  return (
    <>
      <DataTable
        label={`Quality by ${name.toLowerCase()}`}
        stale={stale}
        sort={sort}
        onSort={(next) => setQuery({ sort: next === "-sessions" ? "" : next }, { back: true })}
        columns={[
          { id: "name", name, sortable: true },
          { id: "sessions", name: "Sessions", number: true, sortable: true, hint: "Sessions that closed: how many the numbers of this row are made of." },
          ...COLUMNS.map(({ id, name: title, hint }, n) => ({ id, name: title, hint, number: true, unit: written[n]?.unit ?? "", sortable: true })),
        ]}
        rows={groups.map((group) => [
          <>
            <a href={narrowedTo(by, group.value)}>{names.get(String(group.value)) ?? (String(group.value) || "Empty")}</a>
            {names.has(String(group.value)) && <span class="sub">{group.value}</span>}
          </>,
          <>
            {number(group.sessions)}
            {group.sessions < enough && <span class="sub">too few</span>}
          </>,
          ...COLUMNS.map(({ id, lowest = false }, n) => {
            const text = written[n]?.text(group.numbers[id] ?? null) ?? "";
            // What reads the same as all together is not called worse.
            const isWorst = worst[n]?.has(group) && text !== written[n]?.text(wholes[n] ?? null);
            return <Measure key={id} text={text} worst={isWorst ?? false} lowest={lowest} few={group.sessions < enough} />;
          }),
        ])}
        foot={["All", number(closedInAll(report)), ...COLUMNS.map((_, n) => written[n]?.text(wholes[n] ?? null) ?? "")]}
      />
      <p class="sub quality-legend">
        <b>▲</b> worst (<b>▼</b> of bitrate) among those with at least {number(enough)} sessions, where it is worse than all together.
        {fewer && " Those with fewer are not compared."}
        {all.length > ROWS_SHOWN && ` ${ROWS_SHOWN} of ${report.cursor ? "more than " : ""}${number(all.length)} are shown; Explore has all.`}
      </p>
    </>
  );
}

function Measure({ text, worst, lowest, few }: { text: string; worst: boolean; lowest: boolean; few: boolean }) {
  if (!worst) return <span class={few ? "muted" : ""}>{text}</span>;
  return (
    <b class="quality-worst">
      <span aria-hidden="true">{lowest ? "▼" : "▲"}</span>
      <span class="visually-hidden">Worst: </span>
      {text}
    </b>
  );
}
