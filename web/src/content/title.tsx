/** One title: its key metrics, where it loses its viewers, how far they come, on which players, and when they watched. */
import { cells, numbers } from "../ask.ts";
import { type Multiple, SmallMultiples } from "../charts/small.tsx";
import { closedInAll, share, shares } from "../closed.ts";
import { Controls } from "../controls/controls.tsx";
import { isLive } from "../endless.ts";
import { clock } from "../format.ts";
import { Concurrency } from "../parts/concurrency.tsx";
import { NothingHere, PageHeading, Shown } from "../parts/reports.tsx";
import { sparseGranularityOf } from "../ranges.ts";
import type { Measured } from "../units.ts";
import { linkTo, range, segment } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { isContent, type TitleAnswer, useTitle } from "./ask.ts";
import { Funnel } from "./funnel.tsx";
import { Players } from "./players.tsx";
import { Replays } from "./replays.tsx";
import { RetentionCard, useRetention } from "./retention.tsx";

const SHARE: Measured = { id: "share", unit: "ratio" };

function multiplesOf({ report, length }: TitleAnswer): Multiple[] {
  const { totals } = report;
  const has = (id: string) => report.columns.includes(id);
  const metric = (id: string, name: string, unit: string): Multiple => ({
    name,
    metric: { id, unit },
    value: totals[id],
    before: totals[`compare:${id}`],
    values: numbers(report, id),
    valuesBefore: has(`compare:${id}`) ? numbers(report, `compare:${id}`) : undefined,
  });
  const errors = (prefix: string) => share(totals[`${prefix}error-impacted-streams`], closedInAll(report, prefix));
  const before = has("compare:media-starts");
  return [
    metric("media-starts", "Media starts", "streams"),
    metric("viewers", "Viewers", "count"),
    metric("content-time-spent", "Content time", "seconds"),
    metric("avg-content-time-spent", "Time a viewing", "seconds"),
    isLive({ length }) ? metric("content-starts", "Content starts", "streams") : metric("content-completion-rate", "Completion rate", "ratio"),
    metric("drop-before-start-rate", "Left before start", "ratio"),
    metric("content-buffer-duration-rate", "Buffering time", "ratio"),
    {
      name: "Sessions with errors",
      hint: "Sessions with an error, of those that closed.",
      metric: SHARE,
      value: errors(""),
      before: before ? errors("compare:") : undefined,
      values: shares(report, "error-impacted-streams"),
      valuesBefore: before ? shares(report, "error-impacted-streams", "compare:") : undefined,
    },
  ];
}

const whatItIs = (content: string, answer: TitleAnswer | null): string =>
  [
    answer && answer.name !== content ? content : "",
    answer?.kind ?? "",
    answer && isLive(answer) ? "no end" : answer?.length ? clock(answer.length) : "",
  ].filter(Boolean).join(" · ");

export function TitlePage({ content }: { content: string }) {
  const title = useTitle(content);
  const { answer } = title;
  const length = answer?.length ?? null;
  const retention = useRetention(content, length);
  const empty = title.state === "ready" && answer !== null && !segment.value.json && Object.values(answer.report.totals).every((value) => !value);
  const live = answer !== null && isLive(answer);
  return (
    <div class="page page-title">
      <nav class="ways" aria-label="Title">
        <a href={linkTo("/content")}>← All titles</a>
        <a href={linkTo("/sessions", { content, time: "range" })}>Sessions of this title</a>
      </nav>
      <PageHeading title={answer?.name ?? content} note={whatItIs(content, answer)} freshness={answer?.report.freshness} />
      <Controls compare />
      {empty && <NothingHere what="No session of this title closed in this range" />}
      {!empty && (
        <>
          <div class="title-numbers">
            <Shown of={title} what="The numbers of the title" lines={9}>
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
          {live && <Concurrency conditions={[isContent(content)]} />}
          <RetentionCard of={retention} length={length ?? 0} live={live} />
          {!live && <Funnel content={content} />}
          <Replays of={retention} />
          <Players content={content} live={live} />
          {!live && <Concurrency conditions={[isContent(content)]} />}
        </>
      )}
    </div>
  );
}
