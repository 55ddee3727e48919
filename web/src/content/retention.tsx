/** Which seconds of a title are viewed by how many, with its ad breaks and chapters, and where it loses its viewers in words. */
import { type Answered, getPanel, numbers, type PanelAnswer, useAnswer } from "../ask.ts";
import { type Band, LineChart, type Mark } from "../charts/line.tsx";
import { clock, number, stepOf } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown, EmptyState } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { change, column, type Measured, spoken } from "../units.ts";
import { bounds, comparing, range } from "../view.ts";
import { type Break, betweenWords, type Chapter, type Curve, type Loss, lossesOf, placeWords, sessionsAt, whenWords } from "./losses.ts";

const SHARE: Measured = { id: "share", unit: "ratio" };
const COUNT: Measured = { id: "sessions", unit: "count" };
/** Up to this length the curve is told by seconds. */
const SECONDS_MOST = 3 * 3600;

export interface Retention {
  panel: PanelAnswer;
  before: PanelAnswer | null;
  curve: Curve;
  /** The places of the curve, s. */
  at: number[];
  starts: number;
  breaks: Break[];
  chapters: Chapter[];
}

/** Nothing is asked before the title's length is known. */
export function useRetention(content: string, length: number | null): Answered<Retention> {
  const axis = length !== null && length > 0 && length <= SECONDS_MOST ? "second" : "minute";
  const key = length === null ? null : JSON.stringify([bounds.value, comparing.value, content, axis]);
  return useAnswer(key, async (signal): Promise<Retention> => {
    const of = (from: string, until: string) => getPanel("retention", { ...bounds.value, from, until }, { content, axis }, signal);
    const { from, until, before } = range.value;
    const [panel, past] = await Promise.all([of(from, until), comparing.value ? of(before.from, before.until) : null]);
    const { breaks = [], chapters = [] } = panel.overlays;
    const sessions = numbers(panel, "sessions").map((value) => value ?? 0);
    const step = axis === "second" ? 1 : 60;
    return {
      panel,
      before: past,
      curve: { step, sessions },
      at: sessions.map((_, n) => n * step),
      starts: Number(panel.summary.contentStarts ?? 0),
      breaks: breaks.map((one) => ({ second: Number(one.second), name: String(one.name ?? "") })),
      chapters: usualChapters(chapters.map((one) => ({ second: Number(one.second), length: Number(one.length), name: String(one.name ?? ""), sessions: Number(one.sessions) }))),
    };
  });
}

/** Players may tell different chapters; those are left out that hardly any told. */
function usualChapters(told: (Chapter & { sessions: number })[]): Chapter[] {
  const most = Math.max(...told.map((one) => one.sessions), 0);
  return told.filter((one) => one.sessions * 10 >= most);
}

/** Of live content, which has no end and is joined at any time, it says when it is viewed and nothing of losses. */
export function RetentionCard({ of, length, live }: { of: Answered<Retention>; length: number; live: boolean }) {
  const title = live ? "Which hours are viewed" : "Where viewers are lost";
  const note = live ? "The share of the content starts that viewed each minute of the channel's day." : "The share of the content starts that viewed each moment of the title.";
  return (
    <Card id="retention" title={title} note={note}>
      <Shown of={of} what="The retention curve" lines={14}>
        {(held) =>
          held.curve.sessions.length === 0 ? (
            <EmptyState title="Nothing of this title was viewed">
              <p class="muted">No session of this range reached its content.</p>
            </EmptyState>
          ) : (
            <>
              {!live && <Losses of={held} length={length} />}
              <Chart of={held} />
              <Overlays of={held} />
            </>
          )
        }
      </Shown>
    </Card>
  );
}

/** "Loses 18 % of its viewers between 12:30 and 14:00, at the ad break Mid 1." */
export function lossWords(loss: Loss, place: string): string {
  const gone = spoken((loss.before - loss.after) / loss.before, SHARE);
  return `Loses ${gone} of its viewers ${whenWords(loss)}${place ? `, ${place}` : ""}.`;
}

function Losses({ of: { curve, starts, breaks, chapters }, length }: { of: Retention; length: number }) {
  const losses = lossesOf(curve, starts);
  if (losses.length === 0) return <p class="losses-none">No stretch loses more than a few viewers.</p>;
  return (
    <ol class="losses" aria-label="Steepest losses">
      {losses.map((loss) => (
        <li key={loss.from}>
          <p>{lossWords(loss, placeWords(loss, length, breaks, chapters))}</p>
          <p class="muted">
            {number(loss.before)} sessions before, {number(loss.after)} after.
          </p>
        </li>
      ))}
    </ol>
  );
}

function Chart({ of: { panel, before, at, breaks, chapters } }: { of: Retention }) {
  const marks: Mark[] = breaks.map(({ second, name }) => ({ at: second, label: name || "Ad" }));
  const bands: Band[] = chapters.map(({ second, length, name }) => ({ from: second, until: second + length, label: name }));
  return (
    <LineChart
      label="Retention"
      metric={SHARE}
      along="Position"
      at={at}
      position={clock}
      step={stepOf}
      height={300}
      marks={marks}
      bands={bands}
      lines={[
        { name: "Viewed", values: numbers(panel, "share") },
        ...(before ? [{ name: "Before", values: numbers(before, "share"), before: true }] : []),
      ]}
    />
  );
}

interface Overlay {
  second: number;
  until: number;
  what: string;
  name: string;
  before: number;
  after: number;
}

/** Ad breaks and chapters as a table: how many were there before and after. */
function Overlays({ of: { curve, breaks, chapters, starts } }: { of: Retention }) {
  const around = Math.max(3, curve.step);
  const rows: Overlay[] = [
    ...breaks.map(({ second, name }) => ({
      second, until: second, what: "Ad break", name: name || clock(second), before: sessionsAt(curve, second - around), after: sessionsAt(curve, second + around),
    })),
    ...chapters.map(({ second, length, name }) => ({
      second, until: second + length, what: "Chapter", name, before: sessionsAt(curve, second + 1), after: sessionsAt(curve, Math.max(second, second + length - 1)),
    })),
  ].sort((a, b) => a.second - b.second || a.until - b.until);
  if (rows.length === 0) return null;
  const count = column(COUNT, rows.map((row) => row.before));
  const reached = column(SHARE, rows.map((row) => (starts ? row.before / starts : null)));
  return (
    <details class="overlays">
      <summary>Ad breaks and chapters, with what is lost in each</summary>
      <DataTable
        label="Ad breaks and chapters"
        columns={[
          { id: "name", name: "Name" },
          { id: "what", name: "What" },
          { id: "at", name: "Position", number: true, unit: "min:s" },
          { id: "share", name: "There before", number: true, unit: reached.unit, hint: "Share of the content starts that viewed its begin; of a break, the moment before." },
          { id: "before", name: "Sessions before", number: true },
          { id: "after", name: "Sessions after", number: true },
          { id: "change", name: "Change", number: true, hint: "Of a break, from just before it to just after; of a chapter, from its begin to its end." },
        ]}
        rows={rows.map((row) => [
          row.name,
          row.what,
          row.until > row.second ? betweenWords({ from: row.second, until: row.until }) : clock(row.second),
          reached.text(starts ? row.before / starts : null),
          count.text(row.before),
          count.text(row.after),
          change(row.after, row.before, COUNT) || "–",
        ])}
      />
    </details>
  );
}
