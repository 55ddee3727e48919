/** How long it took to start, buffering and stalls, bitrate: over all sessions and over time. */
import { cells, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { BarChart } from "../charts/bars.tsx";
import { type Line, LineChart } from "../charts/line.tsx";
import { CLOSED, closed, share } from "../closed.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { change, type Measured, spoken } from "../units.ts";
import { bounds, compared } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { type Bin, type Counted, bitrateBins, startBins } from "./bins.ts";
import { BUFFERING, type Course, course, isCompared, KBPS, PERCENTILES, SECONDS, SHARE, STREAMS } from "./period.ts";

const ROWS_MOST = 10_000;
const HEIGHT = 240;

/** How many sessions had each value of a dimension of numbers. */
function useCounted(dimension: string) {
  const question = { ...bounds.value, ...compared.value, metrics: [...CLOSED], dimensions: [dimension], limit: ROWS_MOST };
  return useAnswer(JSON.stringify(question), async (signal): Promise<Counted[]> => {
    const report = await postReport(question, signal);
    const before = isCompared(report) ? closed(report, "compare:") : [];
    const sessions = closed(report);
    // A bucket of bitrates is "1400-1499".
    return cells(report, dimension).map((value, row) => ({ value: Number.parseInt(String(value), 10), sessions: sessions[row] ?? 0, before: before[row] ?? null }));
  });
}

function Distribution({ label, along, bins }: { label: string; along: string; bins: Bin[] }) {
  const sum = bins.reduce((total, bin) => total + bin.sessions, 0);
  const bars = bins.map(({ name, sessions, before }) => ({
    name,
    value: sessions,
    ...(before === null ? {} : { before }),
    note: `${spoken(share(sessions, sum), SHARE)} of these sessions`,
  }));
  return <BarChart upright label={label} along={along} metric={STREAMS} bars={bars} height={HEIGHT} />;
}

interface OverTimeProps {
  label: string;
  metric: Measured;
  of: Course;
  /** Metrics; the first one with the period before. `shared`: sessions, as a share of those that closed. */
  lines: readonly { id: string; name: string }[];
  shared?: boolean;
}

function OverTime({ label, metric, of: { report, granularity }, lines, shared = false }: OverTimeProps) {
  const drawn = lines.flatMap(({ id, name }): Line[] => {
    const { values, valuesBefore } = course(report, id, shared);
    return [{ name, values }, ...(valuesBefore && id === lines[0]?.id ? [{ name: `${name}, before`, values: valuesBefore, before: true }] : [])];
  });
  const at = cells(report, "time").map((time) => wallOfTime(String(time)));
  return <LineChart label={label} metric={metric} at={at} granularity={granularity} height={HEIGHT} lines={drawn} />;
}

const WORDS = ["Half within", "75 % within", "95 % within", "99 % within"];

function Percentiles({ report: { totals } }: { report: ReportAnswer }) {
  return (
    <dl class="quality-percentiles" aria-label="Percentiles of time to start">
      {PERCENTILES.map((id, n) => {
        const before = totals[`compare:${id}`];
        return (
          <div key={id}>
            <dt>
              {WORDS[n]} ({id.split(".")[1]})
            </dt>
            <dd>{spoken(totals[id], SECONDS)}</dd>
            {before !== undefined && (
              <dd class="sub">
                {change(totals[id], before, SECONDS) || "–"} before {spoken(before, SECONDS)}
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}

function Missing({ what, field }: { what: string; field: string }) {
  return (
    <p class="none">
      No player told {what}. It is sent as <code class="mono">qoeDataDetails.{field}</code>.
    </p>
  );
}

export function TimeToStart({ shown }: { shown: Course }) {
  const counted = useCounted("time-to-start");
  const told = shown.report.totals["time-to-start.p50"] !== null;
  return (
    <Card id="start" title="Time to start" note="From the request to the first frame, in whole seconds, as the players measured it.">
      {!told && <Missing what="how long it took to start" field="timeToStart" />}
      {told && <Percentiles report={shown.report} />}
      {told && (
        <div class="quality-pair">
          <div>
            <h3>Sessions by time to start</h3>
            <Shown of={counted} what="The distribution" lines={8}>
              {(answer) => <Distribution label="Sessions by time to start" along="Time to start" bins={startBins(answer)} />}
            </Shown>
          </div>
          <div>
            <h3>Over time</h3>
            <OverTime
              label="Time to start over time"
              metric={SECONDS}
              of={shown}
              lines={[{ id: "time-to-start.p95", name: "p95" }, { id: "time-to-start.p75", name: "p75" }, { id: "time-to-start.p50", name: "Median" }]}
            />
          </div>
        </div>
      )}
    </Card>
  );
}

export function Buffering({ shown }: { shown: Course }) {
  return (
    <Card id="buffering" title="Buffering and stalls" note="Buffering is said by the player; a stall is a playhead that stands still while it says that it plays.">
      <div class="quality-pair">
        <div>
          <h3>Sessions that had them</h3>
          <OverTime
            label="Sessions that buffered or stalled over time"
            metric={SHARE}
            of={shown}
            shared
            lines={[{ id: "buffer-impacted-streams", name: "Buffered" }, { id: "stall-impacted-streams", name: "Stalled" }]}
          />
        </div>
        <div>
          <h3>Time waiting by content time</h3>
          <OverTime label="Buffering time over time" metric={BUFFERING} of={shown} lines={[{ id: "content-buffer-duration-rate", name: "Buffering time" }]} />
        </div>
      </div>
    </Card>
  );
}

export function Bitrate({ shown }: { shown: Course }) {
  const counted = useCounted("average-bitrate");
  const mean = shown.report.totals["average-bitrate"];
  return (
    <Card
      id="bitrate"
      title="Bitrate"
      note={mean !== null && `Mean over sessions ${spoken(mean, KBPS)}, half of them below ${spoken(shown.report.totals["average-bitrate.p50"], KBPS)}.`}
    >
      {mean === null ? (
        <Missing what="a bitrate" field="bitrate" />
      ) : (
        <div class="quality-pair">
          <div>
            <h3>Sessions by average bitrate, kbps</h3>
            <Shown of={counted} what="The distribution" lines={8}>
              {(answer) => <Distribution label="Sessions by average bitrate" along="Average bitrate, kbps" bins={bitrateBins(answer)} />}
            </Shown>
          </div>
          <div>
            <h3>Mean over time</h3>
            <OverTime label="Average bitrate over time" metric={KBPS} of={shown} lines={[{ id: "average-bitrate", name: "Average bitrate" }]} />
          </div>
        </div>
      )}
    </Card>
  );
}
