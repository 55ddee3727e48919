/** Which parts of a title are viewed again: by how many sessions, drawn along the title and in words. */
import { type Answered, numbers } from "../ask.ts";
import { LineChart } from "../charts/line.tsx";
import { clock, number, stepOf } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { Shown } from "../parts/reports.tsx";
import { type Measured, spoken } from "../units.ts";
import { betweenWords } from "./losses.ts";
import { replaysOf } from "./replays.ts";
import type { Retention } from "./retention.tsx";

const COUNT: Measured = { id: "sessions", unit: "count" };
const SHARE: Measured = { id: "share", unit: "ratio" };

/** Made of the same answer as the curve, which says if it failed. */
export function Replays({ of }: { of: Answered<Retention> }) {
  if (of.error && !of.answer) return null;
  return (
    <Card id="replays" title="Replayed parts" note="Sessions that went back and viewed a moment of the title more than once.">
      <Shown of={{ ...of, error: null }} what="The replayed parts" lines={8}>
        {(held) => <Parts of={held} />}
      </Shown>
    </Card>
  );
}

function Parts({ of }: { of: Retention }) {
  const again = numbers(of.panel, "again").map((value) => value ?? 0);
  if (again.every((value) => value === 0)) return <p class="none">Nobody went back to view a part again.</p>;
  const parts = replaysOf({ step: of.curve.step, sessions: again }, of.curve.sessions);
  return (
    <>
      {parts.length === 0 && <p class="none">No part was viewed again by more than one session.</p>}
      {parts.length > 0 && (
        <ol class="losses replayed" aria-label="Parts most replayed">
          {parts.map((part) => (
            <li key={part.from}>
              <p>{betweenWords(part)}</p>
              <p class="muted">
                {number(part.sessions)} of {number(part.viewed)} sessions that viewed it did so again ({spoken(part.sessions / part.viewed, SHARE)}).
              </p>
            </li>
          ))}
        </ol>
      )}
      <LineChart
        label="Viewed again"
        metric={COUNT}
        along="Position"
        at={of.at}
        position={clock}
        step={stepOf}
        height={160}
        lines={[{ name: "Viewed again", values: again }]}
      />
    </>
  );
}
