/** How it went for the viewer, in a sentence; each part opens the number behind it. */
import type { ComponentChildren } from "preact";
import type { Details, Session } from "../api.ts";
import { duration, number } from "../format.ts";
import { openNumber } from "./explain.tsx";
import { numberOf } from "./fields.ts";

const counted = (n: number, one: string, more: string): string => `${number(n)} ${n === 1 ? one : more}`;

/** What hurt: the field that says so, and the words. Who is still there has not left. */
function hurts(qoe: Details, isOpen: boolean): [field: string, words: string][] {
  const of = (name: string) => numberOf(qoe, name);
  const errors = [qoe["playerSdkErrors"], qoe["externalErrors"]].flatMap((names) => (Array.isArray(names) ? names.map(String) : []));
  const found: [string, string | false][] = [
    ["isDroppedBeforeStart", qoe["isDroppedBeforeStart"] === true && !isOpen && "left before the start"],
    ["bufferTime", of("bufferCount") > 0 && `${counted(of("bufferCount"), "buffering", "bufferings")}, ${duration(of("bufferTime"))}`],
    ["stallTime", of("stallCount") > 0 && `${counted(of("stallCount"), "stall", "stalls")}, ${duration(of("stallTime"))}`],
    ["errorCount", of("errorCount") > 0 && `${counted(of("errorCount"), "error", "errors")}${errors.length ? `: ${errors.join(", ")}` : ""}`],
    ["droppedFrames", of("droppedFrames") > 0 && counted(of("droppedFrames"), "dropped frame", "dropped frames")],
  ];
  return found.filter((one): one is [string, string] => one[1] !== false);
}

function Part({ field, children }: { field: string; children: ComponentChildren }) {
  return (
    <li>
      <button type="button" class="opener" title="What this number is made of" onClick={() => openNumber(`qoeDataDetails.${field}`)}>
        {children}
      </button>
    </li>
  );
}

export function Verdict({ session }: { session: Session }) {
  const qoe = session.mediaReporting.qoeDataDetails;
  const found = hurts(qoe, session.state === "open");
  const start = qoe["timeToStart"];
  return (
    <section class={found.length ? "verdict hurt" : "verdict"} aria-label="How it went">
      <strong>{found.length ? "What went wrong" : "Nothing went wrong"}</strong>
      <ul>
        {found.map(([field, words]) => (
          <Part key={field} field={field}>
            {words}
          </Part>
        ))}
        {typeof start === "number" && <Part field="timeToStart">started after {duration(start)}</Part>}
        {found.length === 0 && <li class="muted">no buffering, stall or error</li>}
      </ul>
    </section>
  );
}
