/** The page of one session. */
import { useEffect } from "preact/hooks";
import { ZoneChoice } from "../controls/zone.tsx";
import { shortId } from "../format.ts";
import { SessionView } from "../session/view.tsx";
import { linkTo } from "../view.ts";

const PARTS = [["timeline", "Timeline"], ["audience", "Numbers"], ["events", "Events"], ["rows", "Rows"]];

export function SessionPage({ id }: { id: string }) {
  useEffect(() => {
    document.title = `Session ${shortId(id)} · Playhead`;
  }, [id]);
  return (
    <>
      <nav class="crumbs" aria-label="Where you are">
        <a href={linkTo("/sessions")}>Sessions</a>
        <span aria-hidden="true">/</span>
        <span class="mono" aria-current="page">
          {shortId(id)}
        </span>
        <span class="parts">
          {PARTS.map(([part, label]) => (
            <a key={part} href={`#${part}`}>
              {label}
            </a>
          ))}
          <ZoneChoice />
        </span>
      </nav>
      <SessionView id={id} />
    </>
  );
}
