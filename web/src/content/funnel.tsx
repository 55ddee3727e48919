/** How far viewers come: starts, progress markers, completes, and what is lost from one to the next. */
import { type Answered, cells, getPanel, numbers, type PanelAnswer, useAnswer } from "../ask.ts";
import { number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { column, type Measured } from "../units.ts";
import { bounds } from "../view.ts";
import { Meter } from "./meter.tsx";

const SHARE: Measured = { id: "share", unit: "ratio" };
const STEPS: Record<string, string> = {
  "media-starts": "Media starts", "content-starts": "Content starts", "progress-10": "10 % viewed", "progress-25": "25 % viewed",
  "progress-50": "50 % viewed", "progress-75": "75 % viewed", "progress-95": "95 % viewed", "content-completes": "Completed",
};

export function Funnel({ content }: { content: string }) {
  const answered: Answered<PanelAnswer> = useAnswer(JSON.stringify([bounds.value, content]), (signal) => getPanel("drop-off", bounds.value, { content }, signal));
  return (
    <Card id="funnel" title="How far they come" note="Sessions that viewed each point of the title. Who resumes or skips ahead is at a later step without an earlier one (+).">
      <Shown of={answered} what="The progress" lines={11}>
        {(panel, stale) => <Steps panel={panel} stale={stale} />}
      </Shown>
    </Card>
  );
}

function Steps({ panel, stale }: { panel: PanelAnswer; stale: boolean }) {
  const steps = cells(panel, "step").map(String);
  const sessions = numbers(panel, "sessions").map((value) => value ?? 0);
  const shares = numbers(panel, "share");
  const lost = sessions.map((value, n) => (n === 0 ? null : (sessions[n - 1] as number) - value));
  const rates = lost.map((value, n) => (value !== null && sessions[n - 1] ? value / (sessions[n - 1] as number) : null));
  const most = Math.max(...lost.map((value) => value ?? 0));
  const written = column(SHARE, shares);
  const rate = column(SHARE, rates);
  return (
    <DataTable
      label="Progress"
      stale={stale}
      columns={[
        { id: "step", name: "Step" },
        { id: "sessions", name: "Sessions", number: true },
        { id: "share", name: "Share of starts", number: true, unit: written.unit },
        { id: "lost", name: "Lost before it", number: true, unit: "sessions" },
        { id: "rate", name: "Lost share", hint: "Of the sessions of the step before.", number: true, unit: rate.unit },
      ]}
      rows={steps.map((step, n) => {
        const gone = lost[n] ?? null;
        const amount = gone === null ? "–" : gone < 0 ? `+${number(-gone)}` : number(gone);
        return [
          STEPS[step] ?? step,
          number(sessions[n] ?? 0),
          <Meter share={shares[n] ?? null} text={written.text(shares[n] ?? null)} />,
          gone !== null && gone > 0 && gone === most ? <strong title="The most">{amount}</strong> : amount,
          gone !== null && gone >= 0 ? rate.text(rates[n] ?? null) : "–",
        ];
      })}
    />
  );
}
