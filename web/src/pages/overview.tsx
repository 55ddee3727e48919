/** The period at a glance: key metrics as small multiples, how many watched at one time, the contents most watched. */
import { type Answered, cells, getPanel, numbers, postReport, type PanelAnswer, type ReportAnswer, useAnswer, useCatalogue } from "../ask.ts";
import { getSessions } from "../api.ts";
import { type Multiple, SmallMultiples } from "../charts/small.tsx";
import { CLOSED, closedInAll, share, shares } from "../closed.ts";
import { usual } from "../content/ask.ts";
import { Controls } from "../controls/controls.tsx";
import { isLive } from "../endless.ts";
import { number } from "../format.ts";
import { useLive } from "../live.ts";
import { Card } from "../parts/basics.tsx";
import { Concurrency } from "../parts/concurrency.tsx";
import { NoSessionsYet } from "../parts/first.tsx";
import { NO_END, NothingHere, PageHeading, RESUMED, Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { sparseGranularityOf } from "../ranges.ts";
import { change, column, type Measured } from "../units.ts";
import { bounds, compared, comparing, linkTo, range, segment } from "../view.ts";
import { wallOfTime } from "../zones.ts";

const SHARE: Measured = { id: "share", unit: "ratio" };
const AUDIENCE: Measured = { id: "average-minute-audience", unit: "ratio" };
const VIEWERS: Measured = { id: "viewers", unit: "count" };
const METRICS = [
  "media-starts", "viewers", "content-time-spent", "content-completion-rate", "drop-before-start-rate",
  "content-buffer-duration-rate", "error-impacted-streams", "ad-starts", "ad-completion-rate", ...CLOSED,
];
const OF_CONTENT = ["media-starts", "viewers", "content-time-spent", "content-completion-rate", "content-buffer-duration-rate", "error-impacted-streams", ...CLOSED];
const ROWS_MOST = 5000;

interface Period {
  report: ReportAnswer;
  audience: PanelAnswer;
  audienceBefore: PanelAnswer | null;
}

function usePeriod(): Answered<Period> {
  const granularity = sparseGranularityOf(range.value);
  const question = { ...bounds.value, ...compared.value, metrics: METRICS, granularity, limit: ROWS_MOST };
  return useAnswer(JSON.stringify(question), async (signal) => {
    const audience = (of: { from: string; until: string }) =>
      getPanel("average-minute-audience", { ...bounds.value, from: of.from, until: of.until }, { mode: "period", granularity }, signal);
    const [report, now, before] = await Promise.all([
      postReport(question, signal),
      audience(range.value),
      comparing.value ? audience(range.value.before) : null,
    ]);
    return { report, audience: now, audienceBefore: before };
  });
}

function multiplesOf({ report, audience, audienceBefore }: Period): Multiple[] {
  const { totals } = report;
  const metric = (id: string, name: string, unit: string): Multiple => ({
    name,
    metric: { id, unit },
    value: totals[id],
    before: totals[`compare:${id}`],
    values: numbers(report, id),
    valuesBefore: comparedValues(report, `compare:${id}`),
  });
  const errors = (prefix: string) => share(totals[`${prefix}error-impacted-streams`], closedInAll(report, prefix));
  const isCompared = "compare:media-starts" in totals;
  const total = (panel: PanelAnswer | null) => (panel ? (panel.summary.total as number | null) : undefined);
  return [
    metric("media-starts", "Media starts", "streams"),
    metric("viewers", "Viewers", "count"),
    metric("content-time-spent", "Content time", "seconds"),
    {
      name: "Average minute audience",
      hint: "How many watched main content, in the mean over all minutes of the period.",
      metric: AUDIENCE,
      value: total(audience),
      before: total(audienceBefore),
      values: numbers(audience, "average-minute-audience"),
      valuesBefore: audienceBefore ? numbers(audienceBefore, "average-minute-audience") : undefined,
    },
    metric("content-completion-rate", "Completion rate", "ratio"),
    metric("drop-before-start-rate", "Left before start", "ratio"),
    metric("content-buffer-duration-rate", "Buffering time", "ratio"),
    {
      name: "Sessions with errors",
      hint: "Sessions with an error, of those that closed.",
      metric: SHARE,
      value: errors(""),
      before: isCompared ? errors("compare:") : undefined,
      values: shares(report, "error-impacted-streams"),
      valuesBefore: isCompared ? shares(report, "error-impacted-streams", "compare:") : undefined,
    },
    metric("ad-starts", "Ad starts", "count"),
    metric("ad-completion-rate", "Ad completion rate", "ratio"),
  ];
}

const comparedValues = (report: ReportAnswer, name: string) => (report.columns.includes(name) ? numbers(report, name) : undefined);

interface TopContent {
  report: ReportAnswer;
  names: Map<string, string>;
  /** Seconds. */
  lengths: Map<string, string>;
}

function TopContents() {
  const question = { ...bounds.value, ...compared.value, metrics: OF_CONTENT, dimensions: ["content"], limit: 10, totals: false };
  const answered = useAnswer(JSON.stringify(question), async (signal): Promise<TopContent> => {
    const report = await postReport(question, signal);
    const contents = cells(report, "content");
    if (contents.length === 0) return { report, names: new Map(), lengths: new Map() };
    const { from, until, timeZone } = question;
    const segment = { dimension: "content", op: "in", value: contents };
    const what = (dimension: string) =>
      postReport({ from, until, timeZone, metrics: ["media-starts"], dimensions: ["content", dimension], limit: 100, segment, totals: false }, signal);
    const [names, lengths] = await Promise.all([what("content-name"), what("content-length")]);
    return { report, names: usual(names), lengths: usual(lengths) };
  });
  return (
    <Card id="top" title="Most watched" note={RESUMED}>
      <Shown of={answered} what="The contents" lines={10}>
        {(answer, stale) => <ContentTable {...answer} stale={stale} />}
      </Shown>
    </Card>
  );
}

const contentPath = (content: string): string => linkTo("/content", { content });

function ContentTable({ report, names, lengths, stale }: TopContent & { stale: boolean }) {
  const { answer: catalogue } = useCatalogue();
  const starts = numbers(report, "media-starts");
  const before = comparedValues(report, "compare:media-starts");
  const contents = cells(report, "content").map(String);
  const live = contents.map((content) => isLive({ length: Number(lengths.get(content)) }));
  const completion = numbers(report, "content-completion-rate").map((rate, n) => (live[n] ? null : rate));
  const measured: [string, Measured, (number | null)[]][] = [
    ["Media starts", { id: "media-starts", unit: "streams" }, starts],
    ["Viewers", VIEWERS, numbers(report, "viewers")],
    ["Content time", { id: "content-time-spent", unit: "seconds" }, numbers(report, "content-time-spent")],
    ["Completion rate", { id: "content-completion-rate", unit: "ratio" }, completion],
    ["Buffering time", { id: "content-buffer-duration-rate", unit: "ratio" }, numbers(report, "content-buffer-duration-rate")],
    ["Sessions with errors", SHARE, shares(report, "error-impacted-streams")],
  ];
  const written = measured.map(([, metric, values]) => column(metric, values));
  const hint = (id: string) => catalogue?.metrics.find((one) => one.id === id)?.definition ?? "";
  return (
    <>
      <DataTable
        label="Most watched contents"
        stale={stale}
        columns={[
          { id: "content", name: "Content" },
          ...measured.map(([name, metric], n) => ({ id: metric.id, name, number: true, unit: written[n]?.unit ?? "", hint: hint(metric.id) })),
          ...(before ? [{ id: "change", name: "Change of starts", number: true }] : []),
        ]}
        rows={contents.map((content, row) => [
          <>
            <a href={contentPath(content)}>{names.get(content) ?? content}</a>
            {names.has(content) && <span class="sub">{content}</span>}
          </>,
          ...measured.map(([, , values], n) => written[n]?.text(values[row] ?? null)),
          ...(before ? [change(starts[row], before[row], VIEWERS) || "–"] : []),
        ])}
      />
      {live.includes(true) && <p class="sub table-note">{NO_END}</p>}
    </>
  );
}

/** Nothing counted: because nothing was ever sent, because all is still open, or because it was at another time. */
function Nothing() {
  const { data } = useLive("any session", (signal) => getSessions({}, null, signal));
  if (!data) return null;
  if (data.items.length === 0) return <NoSessionsYet seen="It appears under Sessions within two seconds, and is counted here when it has closed." />;
  const open = data.items.filter((one) => one.state !== "closed").length;
  if (open === data.items.length)
    return (
      <div class="empty">
        <h2>Nothing has closed yet</h2>
        <p>
          Numbers count closed sessions. <a href={linkTo("/sessions", { state: "open", segment: "" })}>{number(open)} open now</a>
        </p>
      </div>
    );
  return <NothingHere />;
}

export default function Overview() {
  const period = usePeriod();
  const { answer } = period;
  const empty = period.state === "ready" && answer !== null && !segment.value.json && Object.values(answer.report.totals).every((value) => !value);
  return (
    <div class="page">
      <PageHeading title="Overview" freshness={answer?.report.freshness} />
      <Controls compare />
      {empty && <Nothing />}
      <div class="page" hidden={empty}>
        <div class="key-metrics">
          <Shown of={period} what="The numbers of the period" lines={12}>
            {(held) => (
              <SmallMultiples
                label="Key metrics"
                multiples={multiplesOf(held)}
                at={cells(held.report, "time").map((time) => wallOfTime(String(time)))}
                granularity={sparseGranularityOf(range.value)}
              />
            )}
          </Shown>
        </div>
        {!empty && <Concurrency />}
        {!empty && <TopContents />}
      </div>
    </div>
  );
}
