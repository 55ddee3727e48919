/** Ads: how many begin and are seen to their end, which ones, whose, where in the break; and what the audience does at breaks. */
import { Breaks, SHARE } from "../ads/breaks.tsx";
import { AdFilter, exploreLink, isFiltered, onlyAds, sessionsLink } from "../ads/filter.tsx";
import { AdTable, type More, OF_ADS } from "../ads/table.tsx";
import { type Answered, type Catalogue, type Cell, cells, numbers, postReport, type ReportAnswer, useAnswer, useCatalogue } from "../ask.ts";
import { BarChart } from "../charts/bars.tsx";
import { LineChart } from "../charts/line.tsx";
import { type Multiple, SmallMultiples } from "../charts/small.tsx";
import { Controls } from "../controls/controls.tsx";
import { duration, number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { EmptyState, NothingHere, PageHeading, Shown } from "../parts/reports.tsx";
import { granularityOf, sparseGranularityOf } from "../ranges.ts";
import { query, setQuery } from "../router.ts";
import { bounds, compared, comparing, range } from "../view.ts";
import { wallOfTime } from "../zones.ts";

const TILES: [string, string, string][] = [
  ["ad-starts", "Ad starts", "count"],
  ["ad-completes", "Ad completes", "count"],
  ["ad-completion-rate", "Ad completion rate", "ratio"],
  ["ad-time-spent", "Ad time", "seconds"],
  ["avg-ads-per-media-stream", "Ads per stream", "ratio"],
  ["ad-time-spent-rate", "Ad time by content time", "ratio"],
];
const COUNT = { id: "ad-starts", unit: "count" };
const ROWS_MOST = 5000;
const POSITIONS_MOST = 12;

/** What the second table can be by: what ads have, the usual first, and of sessions the most asked for. */
const BY_FIRST = ["advertiser", "campaign-id", "creative-id", "creative-url", "placement-id", "site-id"];
const OF_SESSIONS = ["content", "content-channel", "content-player-name", "app-version"];
/** Of ads, but shown in tables of their own. */
const ELSEWHERE = ["ad", "ad-name", "ad-pod", "pod-name", "pod-position", "ad-in-pod-position"];

function choicesOf(catalogue: Catalogue | null): string[] {
  const others = (catalogue?.dimensions ?? []).filter(({ id, grain }) => grain === "ad" && !BY_FIRST.includes(id) && !ELSEWHERE.includes(id));
  return [...BY_FIRST, ...others.map(({ id }) => id), ...OF_SESSIONS];
}

/** The numbers over stretches of time; media starts tell an audience without ads from no audience. */
function useTimes(): Answered<ReportAnswer> {
  const question = {
    ...bounds.value, ...compared.value, ...onlyAds.value,
    metrics: [...TILES.map(([id]) => id), "media-starts"], granularity: sparseGranularityOf(range.value), limit: ROWS_MOST,
  };
  return useAnswer(JSON.stringify(question), (signal) => postReport(question, signal));
}

function Tiles({ report }: { report: ReportAnswer }) {
  const { answer: catalogue } = useCatalogue();
  const isCompared = "compare:ad-starts" in report.totals;
  const multiples = TILES.map(([id, name, unit]): Multiple => ({
    name,
    metric: { id, unit },
    hint: catalogue?.metrics.find((one) => one.id === id)?.definition ?? "",
    value: report.totals[id],
    before: report.totals[`compare:${id}`],
    values: numbers(report, id),
    valuesBefore: isCompared ? numbers(report, `compare:${id}`) : undefined,
  }));
  return (
    <SmallMultiples
      label="Key metrics of ads"
      multiples={multiples}
      at={cells(report, "time").map((time) => wallOfTime(String(time)))}
      granularity={sparseGranularityOf(range.value)}
    />
  );
}

function OverTime() {
  const granularity = granularityOf(range.value);
  const metrics = ["ad-starts", "ad-completes"];
  const question = { ...bounds.value, ...compared.value, ...onlyAds.value, metrics, granularity, limit: ROWS_MOST };
  const answered = useAnswer(JSON.stringify(question), async (signal) => ({ report: await postReport(question, signal), granularity }));
  return (
    <Card id="time" title="Starts and completes" note={<span class="card-tools"><a href={exploreLink(metrics, [], { granularity })}>Open in Explore</a></span>}>
      <Shown of={answered} what="The course of the ads" lines={9}>
        {({ report, granularity: of }) => (
          <LineChart
            label="Ad starts and completes"
            metric={COUNT}
            at={cells(report, "time").map((time) => wallOfTime(String(time)))}
            granularity={of}
            height={240}
            lines={[
              { name: "Starts", values: numbers(report, "ad-starts") },
              { name: "Completes", values: numbers(report, "ad-completes") },
              ...(report.columns.includes("compare:ad-starts") ? [{ name: "Starts before", values: numbers(report, "compare:ad-starts"), before: true }] : []),
            ]}
          />
        )}
      </Shown>
    </Card>
  );
}

function Positions() {
  const metrics = ["ad-completion-rate", "ad-starts"];
  const by = "ad-in-pod-position";
  const question = { ...bounds.value, ...compared.value, ...onlyAds.value, metrics, dimensions: [by], sort: by, limit: POSITIONS_MOST };
  const answered = useAnswer(JSON.stringify(question), (signal) => postReport(question, signal));
  return (
    <Card id="positions" title="Completion by position in the break" note={<span class="card-tools"><a href={exploreLink(metrics, [by], { sort: by })}>Open in Explore</a></span>}>
      <Shown of={answered} what="The positions" lines={8}>
        {(report) => {
          const starts = numbers(report, "ad-starts");
          const before = report.columns.includes("compare:ad-completion-rate") ? numbers(report, "compare:ad-completion-rate") : null;
          const rates = numbers(report, "ad-completion-rate");
          if (rates.length === 0) return <p class="muted">No ad said its position.</p>;
          return (
            <BarChart
              upright
              label="Completion by position in the break"
              along="Position"
              metric={SHARE}
              bars={cells(report, by).map((position, n) => ({
                name: String(position),
                value: rates[n] ?? null,
                note: `of ${number(starts[n] ?? 0)} starts`,
                ...(before ? { before: before[n] ?? null } : {}),
              }))}
            />
          );
        }}
      </Shown>
    </Card>
  );
}

/** Names and lengths of the ads of a table, which are dimensions of their own: the most frequent value of each. */
async function ofAds(report: ReportAnswer, signal: AbortSignal): Promise<More> {
  const listed = cells(report, "ad");
  const { from, until, timeZone } = bounds.value;
  const of = async (id: string): Promise<Map<Cell, Cell>> => {
    const found = await postReport(
      { from, until, timeZone, metrics: ["ad-starts"], dimensions: ["ad", id], ads: { dimension: "ad", op: "in", value: listed }, limit: 1000 },
      signal,
    );
    return new Map(found.rows.toReversed().map(([ad, value]) => [ad ?? null, value ?? null]));
  };
  const [names, lengths] = await Promise.all([of("ad-name"), of("ad-length")]);
  const length = (ad: Cell) => {
    const seconds = lengths.get(ad);
    return typeof seconds === "number" ? duration(seconds) : "–";
  };
  return {
    name: (ad) => String(names.get(ad) ?? ""),
    columns: [{ column: { id: "ad-length", name: "Length", number: true }, text: length }],
  };
}

/** Names of the contents of a table. */
async function ofContents(report: ReportAnswer, signal: AbortSignal): Promise<More> {
  const { from, until, timeZone } = bounds.value;
  const segment = { dimension: "content", op: "in", value: cells(report, "content") };
  const found = await postReport({ from, until, timeZone, metrics: ["media-starts"], dimensions: ["content", "content-name"], segment, limit: 1000 }, signal);
  const names = new Map(found.rows.toReversed().map(([content, name]) => [content ?? null, name ?? null]));
  return { name: (content) => String(names.get(content) ?? ""), columns: [] };
}

function Every() {
  return (
    <Card id="ads" title="Ads" note={<span class="card-tools"><a href={exploreLink(OF_ADS, ["ad"])}>Open in Explore</a></span>}>
      <AdTable label="Ads" dimension="ad" sortedBy="ads-sort" more={ofAds} lines={15} />
    </Card>
  );
}

function Divided() {
  const { answer: catalogue } = useCatalogue();
  const named = query.value.get("by") ?? "";
  const choices = choicesOf(catalogue);
  const by = choices.includes(named) || !catalogue ? named || "advertiser" : "advertiser";
  const nameOf = (id: string) => catalogue?.dimensions.find((one) => one.id === id)?.name ?? id;
  return (
    <Card
      id="by"
      title={`By ${nameOf(by).replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`}
      note={
        <span class="card-tools">
          <label class="form-row">
            <span>By</span>
            <select value={by} onChange={(event) => setQuery({ by: event.currentTarget.value, "by-sort": "" }, { back: true })}>
              {choices.map((id) => (
                <option key={id} value={id}>
                  {nameOf(id)}
                </option>
              ))}
            </select>
          </label>
          <a href={exploreLink(OF_ADS, [by])}>Open in Explore</a>
        </span>
      }
    >
      <AdTable key={by} label={`Ads by ${nameOf(by)}`} dimension={by} sortedBy="by-sort" more={by === "content" ? ofContents : undefined} />
    </Card>
  );
}

function Nothing({ streams }: { streams: number }) {
  if (!streams && !isFiltered.value) return <NothingHere />;
  return (
    <EmptyState title={isFiltered.value ? "No such ads in this range" : "No ads in this range"}>
      <p class="muted">
        {isFiltered.value
          ? "Remove a condition or choose a longer range."
          : `${number(streams)} streams began, none of them with an ad. An ad counts when a player sends adBreakStart and then adStart, and its session has closed.`}
      </p>
    </EmptyState>
  );
}

export default function Ads() {
  const times = useTimes();
  const { answer, state } = times;
  const empty = state === "ready" && answer !== null && !answer.totals["ad-starts"] && !answer.totals["compare:ad-starts"];
  return (
    <div class="page">
      <PageHeading
        title="Ads"
        note={<a href={sessionsLink()}>{isFiltered.value ? "Sessions with these ads" : "Sessions with ads"}</a>}
        freshness={answer?.freshness}
      />
      <Controls compare />
      <AdFilter error={times.error} />
      {empty && <Nothing streams={answer.totals["media-starts"] ?? 0} />}
      {!empty && (
        <>
          <div class={comparing.value ? "six compared" : "six"}>
            <Shown of={times} what="The numbers of ads" lines={4}>
              {(report) => <Tiles report={report} />}
            </Shown>
          </div>
          <OverTime />
          <Breaks />
          <div class="pair">
            <Positions />
            <Divided />
          </div>
          <Every />
        </>
      )}
    </div>
  );
}
