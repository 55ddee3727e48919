/** What became of every event so far: whether any got lost, and why others do not count (docs/reference/api.md, The balance sheet). */
import type { ComponentChildren } from "preact";
import { get } from "../api.ts";
import { useAnswer } from "../ask.ts";
import { number } from "../format.ts";
import { now } from "../live.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { reasonWords } from "../session/fields.ts";

interface Sums {
  received: number;
  accepted: number;
  refused: number;
  refusedBy: Record<string, number>;
  counted: number;
  duplicate: number;
  duplicateBy: Record<string, number>;
  dropped: number;
  droppedBy: Record<string, number>;
  waiting: number;
}

interface BalanceAnswer {
  items: (Sums & { datastream: string })[];
  totals: Sums;
  holds: boolean;
  complete: boolean;
}

const EVERY_MS = 30_000;
const STREAMS_MOST = 50;
const PARTS = ["received", "refused", "duplicate", "dropped", "waiting", "counted"] as const;
const NAMES: Record<(typeof PARTS)[number], [name: string, meaning: string]> = {
  received: ["Received", "Events in requests that a collector read to their end."],
  refused: ["Refused", "Answered with an error; the player was told."],
  duplicate: ["Duplicate", "Sent again: counted once."],
  dropped: ["Dropped", "Taken, but part of no session."],
  waiting: ["Waiting", "On disk, not looked at yet."],
  counted: ["Counted", "Part of a session."],
};

export function Balance() {
  const answered = useAnswer(`balance ${Math.floor(now.value / EVERY_MS)}`, (signal) => get<BalanceAnswer>(`/balance?granularity=total&limit=${STREAMS_MOST}`, signal));
  // Asked for again by itself: what stands is not dimmed for it.
  const shown = answered.state === "renewing" ? { ...answered, state: "ready" as const } : answered;
  if (answered.answer && answered.answer.totals.received === 0) return null;
  return (
    <Card id="balance" title="Every event so far" note="What became of all that players have ever sent.">
      <Shown of={shown} what="The balance sheet" lines={5}>
        {(answer) => <Sheet {...answer} />}
      </Shown>
    </Card>
  );
}

function Sheet({ items, totals, holds, complete }: BalanceAnswer) {
  const line = (sums: Sums) => PARTS.map((part) => number(sums[part]));
  return (
    <>
      <p class="balance-lead" role={holds ? undefined : "alert"}>
        {!holds ? (
          <>
            <b>The sums do not hold: events are missing.</b> <code class="mono">playhead verify</code> counts them again from the journal and says which.
          </>
        ) : complete ? (
          <>
            <b>No event is lost.</b> Of {number(totals.received)} received, each is refused, duplicate, dropped, waiting or counted.
          </>
        ) : (
          <>The server is still reading what arrived; what it has not read is in no number yet.</>
        )}
      </p>
      <DataTable
        label="Every event so far"
        columns={[{ id: "datastream", name: "Datastream" }, ...PARTS.map((part) => ({ id: part, name: NAMES[part][0], hint: NAMES[part][1], number: true, unit: "events" }))]}
        rows={items.map((item) => [item.datastream || "None of ours", ...line(item)])}
        foot={items.length > 1 ? ["All", ...line(totals)] : undefined}
      />
      <Reasons {...totals} />
    </>
  );
}

type Told = [what: string, why: ComponentChildren, n: number];

function Reasons({ refusedBy, duplicateBy, droppedBy }: Sums) {
  const told = [
    ...Object.entries(refusedBy).map(([code, n]): Told => ["Refused", <a href={`/api/v1/docs#${code}`}>{code}</a>, n]),
    ...Object.entries(duplicateBy).map(([reason, n]): Told => ["Duplicate", reasonWords(reason), n]),
    ...Object.entries(droppedBy).map(([reason, n]): Told => ["Dropped", reasonWords(reason), n]),
  ];
  if (told.length === 0) return null;
  return (
    <details class="balance-why">
      <summary>Why they do not count</summary>
      <DataTable
        label="Why they do not count"
        columns={[{ id: "what", name: "Events" }, { id: "why", name: "Reason" }, { id: "n", name: "How many", number: true, unit: "events" }]}
        rows={told.map(([what, why, n]) => [what, why, number(n)])}
      />
    </details>
  );
}
