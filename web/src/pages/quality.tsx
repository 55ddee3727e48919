/** How well it played: how long it took to start, buffering, stalls, bitrate and errors; for whom it was worst, and in which sessions. */
import { cells } from "../ask.ts";
import { type Multiple, SmallMultiples } from "../charts/small.tsx";
import { Controls } from "../controls/controls.tsx";
import { NothingHere, PageHeading, Shown } from "../parts/reports.tsx";
import { Breakdown } from "../quality/breakdown.tsx";
import { Bitrate, Buffering, TimeToStart } from "../quality/charts.tsx";
import { Errors } from "../quality/errors.tsx";
import { BUFFERING, type Course, course, KBPS, LEFT, SECONDS, SHARE, total, usePeriod } from "../quality/period.ts";
import { WorstSessions } from "../quality/sessions.tsx";
import type { Measured } from "../units.ts";
import { comparing } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import "../styles/quality.css";

function multiplesOf({ report }: Course): Multiple[] {
  const one = (id: string, name: string, metric: Measured, hint: string, shared = false): Multiple => ({
    name,
    hint,
    metric,
    ...total(report, id, shared),
    ...course(report, id, shared),
  });
  return [
    one("time-to-start.p50", "Time to start, median", SECONDS, "Half of the sessions took no longer to start."),
    one("time-to-start.p95", "Time to start, p95", SECONDS, "95 % of the sessions took no longer to start."),
    one("drop-before-start-rate", "Left before start", LEFT, "Share of the sessions begun that never reached main content."),
    one("buffer-impacted-streams", "Sessions that buffered", SHARE, "Sessions that waited for data, of those that closed.", true),
    one("content-buffer-duration-rate", "Buffering time", BUFFERING, "Time waiting for data by content time."),
    one("stall-impacted-streams", "Sessions that stalled", SHARE, "Sessions with a stall, of those that closed.", true),
    one("error-impacted-streams", "Sessions with errors", SHARE, "Sessions with an error, of those that closed.", true),
    one("average-bitrate", "Average bitrate", KBPS, "Mean over sessions of their mean bitrate while playing."),
  ];
}

export default function Quality() {
  const { period, course: shown } = usePeriod();
  const { answer } = period;
  const empty = period.state === "ready" && answer !== null && Object.values(answer.report.totals).every((value) => !value);
  // What went wrong is said once: the rest would say the same.
  const failed = period.state === "failed" && answer === null;
  return (
    <div class="page">
      <PageHeading title="Quality" freshness={answer?.report.freshness} />
      <Controls compare />
      {empty && <NothingHere />}
      <div class="page" hidden={empty}>
        <div class={comparing.value ? "key-metrics" : "key-metrics quality-room"}>
          <Shown of={period} what="The numbers of the period" lines={12}>
            {(held) => (
              <div class="quality-key">
                <SmallMultiples
                  label="Key metrics"
                  multiples={multiplesOf(held)}
                  at={cells(held.report, "time").map((time) => wallOfTime(String(time)))}
                  granularity={held.granularity}
                />
              </div>
            )}
          </Shown>
        </div>
        {!empty && !failed && (
          <>
            <Breakdown />
            <WorstSessions />
            <Shown of={shown} what="The course of the period" lines={40}>
              {(held) => (
                <div class="page">
                  <Errors shown={held} />
                  <TimeToStart shown={held} />
                  <Buffering shown={held} />
                  <Bitrate shown={held} />
                </div>
              )}
            </Shown>
          </>
        )}
      </div>
    </div>
  );
}
