/** Now: who watches, what they see, how well, and the last hour by second. It follows the server's stream; nothing on it moves but numbers. */
import { useMemo } from "preact/hooks";
import { type Datastream, getDatastreams } from "../api.ts";
import { useAnswer } from "../ask.ts";
import type { Palette } from "../charts/palette.ts";
import { Plot, type Stop } from "../charts/plot.tsx";
import { LineChart } from "../charts/line.tsx";
import { ago, number } from "../format.ts";
import { now } from "../live.ts";
import { Card, Skeleton } from "../parts/basics.tsx";
import { FirstSteps, MetricTile, PageHeading } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { type Heard, type LiveState, minutesOf, type Picture, type Series, STATES, type Trouble, usePicture } from "../picture.ts";
import { query, setQuery } from "../router.ts";
import { column, type Measured } from "../units.ts";
import { linkTo, zone } from "../view.ts";
import { wallAt } from "../zones.ts";
import "../styles/live.css";

const COUNT: Measured = { id: "viewers", unit: "count" };
const KBPS: Measured = { id: "bitrate", unit: "kbps" };
const SHARE: Measured = { id: "share", unit: "ratio" };
const LATE_MS = 5_000;
const FILLING_MS = 60_000;
/** Minutes that make a line. */
const LINE_MINUTES = 3;
/** Lengths of the chart's axis: it grows by these while the history does, and is an hour then. */
const SPANS_MS = [5, 15, 30, 60].map((minutes) => minutes * 60_000);

const WORDS: Record<LiveState, string> = {
  playing: "Playing", ad: "In an ad", starting: "Starting", paused: "Paused", buffering: "Buffering", stalled: "Stalled", ended: "Ended",
};

/** How old the numbers are, said where it takes no place away. */
function Line({ heard: { picture, connected, heardMs } }: { heard: Heard }) {
  if (!picture) return <p class="muted live-line" role="status">{connected === false ? "The server does not answer. Trying again." : " "}</p>;
  const ageMs = Math.max(0, now.value - heardMs) + picture.ageSeconds * 1000;
  const late = connected === false || ageMs > LATE_MS;
  const filling = picture.since !== null && now.value - Date.parse(picture.since) < FILLING_MS;
  return (
    <p class={late ? "live-line late" : "muted live-line"}>
      {/* Only what changes seldom is spoken: the age would be, every second. */}
      <span role="status">
        {connected === false ? "Connection lost." : late ? "The server is behind." : filling ? "Counting just began: the numbers still grow." : "As of now"}
      </span>
      {late && ` These numbers are from ${ago(Math.max(ageMs, 2000))}.`}
    </p>
  );
}

function Datastreams({ chosen, all }: { chosen: string; all: readonly Datastream[] }) {
  if (all.length < 2 && !chosen) return null;
  return (
    <div class="controls">
      <label>
        Datastream
        <select value={chosen} onChange={(event) => setQuery({ datastream: event.currentTarget.value }, { back: true })}>
          <option value="">All</option>
          {all.map(({ id, name }) => (
            <option key={id} value={id}>
              {name || id}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** A segment is of closed sessions: it is not taken along. */
const toOpen = (more: Record<string, string> = {}) => linkTo("/sessions", { state: "open", segment: "", ...more });

function Viewers({ audience: { viewers, sessions } }: Picture) {
  return (
    <div class="tile live-viewers" role="group" aria-label="Viewers now">
      <h2>Viewers now</h2>
      <p class="tile-value">{number(viewers)}</p>
      <p class="tile-change muted">
        in <a href={toOpen()}>{number(sessions)} {sessions === 1 ? "session" : "sessions"}</a>
      </p>
    </div>
  );
}

/** Lines by minute under the numbers: they change little, so the eye stays on the number. */
function Tiles({ picture, series }: { picture: Picture; series: Series }) {
  const { rates, quality } = picture;
  const last = series.viewers.length;
  const minutes = useMemo(() => minutesOf(series).slice(1, -1), [series.from, last]); // whole ones
  const at = minutes.map((minute) => wallAt(minute.at, zone.value));
  const small = (name: string, values: number[]) =>
    at.length < LINE_MINUTES ? (
      <div class="live-no-line" />
    ) : (
      <LineChart small label={`${name} by minute`} metric={COUNT} at={at} granularity="minute" lines={[{ name, values }]} />
    );
  return (
    <div class="tiles live-tiles">
      <Viewers {...picture} />
      <MetricTile name="Starts a minute" metric={COUNT} value={rates.startsPerMinute} hint="Sessions begun in the last 60 seconds.">
        {small("Starts", minutes.map((minute) => minute.starts))}
      </MetricTile>
      <MetricTile name="Errors a minute" metric={COUNT} value={rates.errorsPerMinute} hint="Errors in the last 60 seconds.">
        {small("Errors", minutes.map((minute) => minute.errors))}
      </MetricTile>
      <div class="live-quality">
        <MetricTile name="Buffering or stalled" metric={SHARE} value={sum(quality.bufferingShare, quality.stalledShare)} hint="Of all sessions that count." />
        <MetricTile name="Mean bitrate" metric={KBPS} value={quality.meanBitrate} hint="Of the last value each session told." />
      </div>
    </div>
  );
}

const sum = (one: number | null, other: number | null): number | null => (one === null || other === null ? null : one + other);

const two = (n: number) => String(n).padStart(2, "0");
/** "14:03:09" of a wall: by hand, because there are thousands. */
const timeOf = (wall: number): string => {
  const seconds = Math.floor(wall / 1000) % 86_400;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
};

function Hour({ series }: { series: Series }) {
  const { from, viewers } = series;
  const start = wallAt(Date.parse(from), zone.value);
  const stops = useMemo(
    (): Stop[] =>
      viewers.map((count, n) => ({
        at: start + n * 1000,
        title: timeOf(start + n * 1000),
        readings: [
          { name: "Viewers", value: number(count), mark: 0 },
          { name: "Starts", value: number(series.starts[n] ?? 0) },
          { name: "Errors", value: number(series.errors[n] ?? 0) },
        ],
      })),
    [series, start],
  );
  const minutes = minutesOf(series).reverse();
  return (
    <Plot
      label="Viewers in the last hour"
      height={260}
      stops={stops}
      option={(palette, width) => optionOf(start, viewers, palette, width)}
      deps={[series, start]}
      table={
        <DataTable
          label="Numbers of viewers in the last hour"
          columns={[
            { id: "minute", name: "Minute" },
            { id: "viewers", name: "Most viewers", number: true },
            { id: "starts", name: "Starts", number: true },
            { id: "errors", name: "Errors", number: true },
          ]}
          rows={minutes.map((one) => [timeOf(wallAt(one.at, zone.value)).slice(0, 5), number(one.viewers), number(one.starts), number(one.errors)])}
        />
      }
    />
  );
}

/** The axis is as long whatever comes, so that the line moves and the frame does not. */
function optionOf(start: number, viewers: readonly number[], palette: Palette, width: number) {
  const text = { color: palette.quiet, fontSize: 11, fontFamily: palette.font };
  const end = start + Math.max(0, viewers.length - 1) * 1000;
  const colour = palette.series[0] as string;
  const span = SPANS_MS.find((one) => end - start <= one) ?? 3_600_000;
  return {
    useUTC: true,
    grid: { left: 4, right: 14, top: 12, bottom: 2, containLabel: true },
    xAxis: {
      type: "time" as const,
      min: end - span,
      max: end,
      minInterval: 60_000,
      splitNumber: Math.max(2, Math.floor(width / 110)),
      axisLine: { lineStyle: { color: palette.rule } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: "{HH}:{mm}" },
    },
    yAxis: {
      type: "value" as const,
      min: 0,
      minInterval: 1,
      splitNumber: 4,
      axisLabel: text,
      splitLine: { lineStyle: { color: palette.rule } },
    },
    series: [
      {
        type: "line" as const,
        data: viewers.map((count, n) => [start + n * 1000, count]),
        step: "end" as const,
        showSymbol: viewers.length < 2,
        lineStyle: { width: 2, color: colour },
        itemStyle: { color: colour },
        areaStyle: { opacity: 0.08, color: colour },
      },
    ],
  };
}

/** In a column: with as many places whatever they are. */
const shareText = column(SHARE, []);

function Split({ states, audience }: Picture) {
  return (
    <>
      <div class="live-split" aria-hidden="true">
        {STATES.map((state) => (
          <i key={state} class={`live-${state}`} style={{ flexGrow: states[state] }} />
        ))}
      </div>
      <dl class="live-states" aria-label="Sessions by state">
        {STATES.map((state) => {
          const part = shareText.text(audience.sessions ? states[state] / audience.sessions : null);
          return (
            <div key={state}>
              <dt>
                <i class={`live-${state}`} aria-hidden="true" />
                {WORDS[state]}
              </dt>
              <dd>{number(states[state])}</dd>
              <dd class="muted">
                {audience.sessions ? `${part} ${shareText.unit}` : part}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

const toContent = (id: string) => toOpen({ content: id });
const toPlayer = (id: string) =>
  linkTo("/quality", {
    segment: JSON.stringify({ all: [{ dimension: "content-player-name", op: "=", value: id }] }),
  });

function TopContent({ content }: Picture) {
  return (
    <DataTable
      label="Top content"
      columns={[
        { id: "content", name: "Content" },
        { id: "viewers", name: "Viewers", number: true },
        { id: "sessions", name: "Sessions", number: true },
      ]}
      rows={content.items.map(({ id, name, viewers, sessions }) => [
        <a key={id} href={toContent(id)} title={id}>
          {name || "No content name"}
        </a>,
        number(viewers),
        number(sessions),
      ])}
    />
  );
}

function Troubles({ label, what, items, to }: { label: string; what: string; items: Trouble[]; to: (id: string) => string }) {
  if (items.length === 0) return <p class="none">No {what.toLowerCase()} is in trouble now.</p>;
  return (
    <DataTable
      label={label}
      columns={[
        { id: "name", name: what },
        { id: "sessions", name: "Sessions", number: true },
        { id: "buffering", name: "Buffering", number: true },
        { id: "stalled", name: "Stalled", number: true },
        { id: "errors", name: "Errors", number: true, hint: "In the last 60 seconds." },
        { id: "bitrate", name: "Bitrate", number: true, unit: "kbps" },
      ]}
      rows={items.map((one) => [
        <a key={one.id} href={to(one.id)} title={one.id}>
          {one.name || `No ${what.toLowerCase()} name`}
        </a>,
        ...[one.sessions, one.buffering, one.stalled, one.errors].map(number),
        one.meanBitrate === null ? "–" : number(Math.round(one.meanBitrate)),
      ])}
    />
  );
}

export default function LivePage() {
  const datastream = query.value.get("datastream") ?? "";
  const { answer } = useAnswer("datastreams", (signal) => getDatastreams(signal));
  const heard = usePicture(datastream);
  const { picture, series } = heard;
  const silent = picture !== null && series !== null && !picture.audience.sessions && !series.viewers.some(Boolean);
  return (
    <div class="page">
      <PageHeading title="Live" />
      <Line heard={heard} />
      <Datastreams chosen={datastream} all={answer?.items ?? []} />
      {!(picture && series) ? (
        <Skeleton lines={12} label="Loading the live numbers" />
      ) : (
        <>
          <Tiles picture={picture} series={series} />
          {silent && (
            <section class="empty-state" aria-label="First steps">
              <h2>Nobody watched in the last hour</h2>
              <FirstSteps>
                <p class="muted">
                  What was watched before that is on the <a href={linkTo("/overview")}>Overview</a>.
                </p>
              </FirstSteps>
            </section>
          )}
          <Card id="hour" title="Last hour" note="Viewers at the end of each second">
            <Hour series={series} />
          </Card>
          <div class="live-cards">
            <div class="stack">
              <Card id="split" title="What they see" note="Sessions by state">
                <Split {...picture} />
              </Card>
              <Card id="top" title="Top content">
                {picture.content.items.length ? <TopContent {...picture} /> : <p class="none">Nobody watches anything now.</p>}
              </Card>
            </div>
            <Card id="trouble" title="Where it hurts" note="Most sessions buffering or stalled and errors of the last minute">
              <div class="live-troubles">
                <Troubles label="Trouble by content" what="Content" items={picture.quality.byContent} to={toContent} />
                <Troubles label="Trouble by player" what="Player" items={picture.quality.byPlayer} to={toPlayer} />
              </div>
            </Card>
          </div>
        </>
      )}
    </div>
  );
}
