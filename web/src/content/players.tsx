/** Whether a title is viewed to its end on every player; of live content, for how long. */
import { cells, numbers, postReport, type ReportAnswer, useAnswer } from "../ask.ts";
import { Card } from "../parts/basics.tsx";
import { EmptyState, Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { column, type Measured } from "../units.ts";
import { boundsWith } from "../view.ts";
import { isContent, PROGRESS } from "./ask.ts";
import { Meter, Reach } from "./meter.tsx";

const COUNT: Measured = { id: "count", unit: "count" };
const SHARE: Measured = { id: "share", unit: "ratio" };
const TIME: Measured = { id: "time", unit: "seconds" };
const PLAYERS_MOST = 50;
const OF_RECORDED = ["content-starts", "content-completes", "content-completion-rate", ...PROGRESS];
const OF_LIVE = ["content-starts", "content-time-spent", "avg-content-time-spent"];

export function Players({ content, live }: { content: string; live: boolean }) {
  const question = { ...boundsWith(isContent(content)), metrics: live ? OF_LIVE : OF_RECORDED, dimensions: ["content-player-name"], limit: PLAYERS_MOST };
  const answered = useAnswer(JSON.stringify(question), (signal) => postReport(question, signal));
  return (
    <Card id="players" title={live ? "Time by player" : "Completion by player"}>
      <Shown of={answered} what="The players" lines={8}>
        {(report, stale) =>
          report.rows.length === 0 ? (
            <EmptyState title="No player named itself">
              <p class="muted">A player's name comes with the start of a session, as playerName.</p>
            </EmptyState>
          ) : report.columns.includes("content-time-spent") ? (
            <LiveTable report={report} stale={stale} />
          ) : (
            <PlayerTable report={report} stale={stale} />
          )
        }
      </Shown>
    </Card>
  );
}

function LiveTable({ report, stale }: { report: ReportAnswer; stale: boolean }) {
  const [starts, time, mean] = OF_LIVE.map((id) => numbers(report, id)) as [(number | null)[], (number | null)[], (number | null)[]];
  const [count, spent, each] = [column(COUNT, starts), column(TIME, time), column(TIME, mean)];
  return (
    <DataTable
      label="Time by player"
      stale={stale}
      columns={[
        { id: "player", name: "Player" },
        { id: "starts", name: "Content starts", number: true },
        { id: "time", name: "Content time", number: true, unit: spent.unit },
        { id: "mean", name: "Time a viewing", number: true, unit: each.unit },
      ]}
      rows={cells(report, "content-player-name").map((player, n) => [
        String(player), count.text(starts[n] ?? null), spent.text(time[n] ?? null), each.text(mean[n] ?? null),
      ])}
    />
  );
}

function PlayerTable({ report, stale }: { report: ReportAnswer; stale: boolean }) {
  const starts = numbers(report, "content-starts");
  const completes = numbers(report, "content-completes");
  const rates = numbers(report, "content-completion-rate");
  const progress = [...PROGRESS, "content-completes"].map((id) => numbers(report, id));
  const shares = PROGRESS.map((_, k) => starts.map((begun, n) => (begun ? (progress[k]?.[n] ?? 0) / begun : null)));
  const [count, rate, ...written] = [column(COUNT, starts), column(SHARE, rates), ...shares.map((values) => column(SHARE, values))];
  return (
    <DataTable
      label="Completion by player"
      stale={stale}
      columns={[
        { id: "player", name: "Player" },
        { id: "starts", name: "Content starts", number: true },
        { id: "completes", name: "Completes", number: true },
        { id: "reach", name: "How far" },
        { id: "rate", name: "Completed", number: true, unit: rate?.unit ?? "" },
        ...PROGRESS.map((id, k) => ({ id, name: `${id.replace("progress-", "")} %`, number: true, unit: written[k]?.unit ?? "", hint: "Share of the content starts that viewed this point." })),
      ]}
      rows={cells(report, "content-player-name").map((player, n) => [
        String(player),
        count?.text(starts[n] ?? null),
        count?.text(completes[n] ?? null),
        <Reach reach={starts[n] ? progress.map((values) => (values[n] ?? 0) / (starts[n] as number)) : []} />,
        <Meter share={rates[n] ?? null} text={rate?.text(rates[n] ?? null) ?? ""} />,
        ...shares.map((values, k) => written[k]?.text(values[n] ?? null)),
      ])}
    />
  );
}
