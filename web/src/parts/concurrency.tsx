/** How many watched at one time over the range, beside the period before if asked. */
import { cells, getPanel, numbers, type PanelAnswer, useAnswer } from "../ask.ts";
import { LineChart } from "../charts/line.tsx";
import { granularityOf } from "../ranges.ts";
import type { SegmentJson } from "../segments.ts";
import type { Measured } from "../units.ts";
import { boundsWith, comparing, range } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { Card } from "./basics.tsx";
import { Shown } from "./reports.tsx";

const MEAN: Measured = { id: "average-minute-audience", unit: "ratio" };
const VIEWERS: Measured = { id: "viewers", unit: "count" };
const DAY_MS = 86_400_000;
const NONE: readonly SegmentJson[] = [];

/** The panel sums the minutes of longer stretches: divided by their number it is how many watched at one time. */
function perMinute(panel: PanelAnswer, until: string): (number | null)[] {
  const starts = cells(panel, "time").map((time) => Date.parse(String(time)));
  return numbers(panel, "concurrent-viewers").map((value, n) => {
    const minutes = ((starts[n + 1] ?? Date.parse(until)) - (starts[n] ?? 0)) / 60_000;
    return value === null || panel.granularity === "minute" ? value : value / Math.max(minutes, 1);
  });
}

/** `conditions` must hold of the sessions counted, beside those of the page. */
export function Concurrency({ conditions = NONE }: { conditions?: readonly SegmentJson[] }) {
  const { fromMs, untilMs, before } = range.value;
  const granularity = untilMs - fromMs <= DAY_MS ? "minute" : granularityOf(range.value);
  const asked = boundsWith(...conditions);
  const answered = useAnswer(JSON.stringify([asked, comparing.value, granularity]), async (signal) => {
    const of = (from: string, until: string) => getPanel("concurrent-viewers", { ...asked, from, until }, { granularity }, signal);
    const until = range.value.until;
    const [panel, past] = await Promise.all([of(range.value.from, until), comparing.value ? of(before.from, before.until) : null]);
    return { panel, past, until, untilBefore: before.until };
  });
  return (
    <Card id="concurrency" title="Viewers at one time" note={granularity === "minute" ? "In each minute." : "Mean of the minutes of each stretch."}>
      <Shown of={answered} what="The viewers at one time" lines={8}>
        {({ panel, past, until, untilBefore }) => (
          <LineChart
            label="Viewers at one time"
            metric={panel.granularity === "minute" ? VIEWERS : MEAN}
            at={cells(panel, "time").map((time) => wallOfTime(String(time)))}
            granularity={panel.granularity}
            height={240}
            lines={[
              { name: "Viewers", values: perMinute(panel, until) },
              ...(past ? [{ name: "Before", values: perMinute(past, untilBefore), before: true }] : []),
            ]}
          />
        )}
      </Shown>
    </Card>
  );
}
