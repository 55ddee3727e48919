/** What the lines of the debugger say. Pure. */
import { shortType } from "../format.ts";
import { reasonWords } from "../session/fields.ts";
import type { ToldRequest } from "./told.ts";

const NAMED = 3;

/** "play", "ping ×3, play": the kinds of its events, or the end of its route where it has none. */
export function eventWords({ events, eventCount, route }: ToldRequest): string {
  const counts = new Map<string, number>();
  for (const { eventType } of events) {
    const name = eventType ? shortType(eventType) || "unknown type" : "not a media event";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return route.slice(route.lastIndexOf("/") + 1);
  const words = [...counts].map(([name, times]) => (times > 1 ? `${name} ×${times}` : name));
  const more = counts.size - NAMED + (eventCount > events.length ? 1 : 0);
  return words.slice(0, NAMED).join(", ") + (more > 0 ? " and more" : "");
}

export interface ResultWords {
  kind: "accepted" | "aside" | "partly" | "refused";
  words: string;
}

/** What became of it, in a word or two; `aside`: taken, but nothing of it counts. */
export function resultOf({ result, events, status }: ToldRequest): ResultWords {
  if (result === "refused") return { kind: "refused", words: status === null ? "Refused" : `Refused ${status}` };
  if (result === "partly") return { kind: "partly", words: `Partly ${status ?? ""}`.trim() };
  const outcomes = new Set(events.map((event) => event.outcome));
  if (outcomes.size > 0 && !outcomes.has("accepted")) return { kind: "aside", words: outcomes.has("duplicate") ? "Duplicate" : "Dropped" };
  return { kind: "accepted", words: "Accepted" };
}

/** Why, in a line: the first wrong field, or what the code stands for, or why an event does not count. */
export function whyOf(request: ToldRequest): string {
  const errors = request.events.flatMap((event) => event.errors);
  const [first] = errors;
  if (request.mismatch) return request.mismatch;
  if (first) return `${first.path || "xdm"}: ${first.reason}${errors.length > 1 ? `, and ${errors.length - 1} more` : ""}`;
  if (request.result !== "accepted") return request.title ? `${request.title}: ${plain(request.meaning ?? "")}` : plain(request.meaning ?? "");
  const aside = request.events.filter((event) => event.outcome !== "accepted");
  const reason = aside.find((event) => event.reason)?.reason;
  if (aside.length === 0) return request.eventCount === 0 ? "No media event: taken and let go" : "";
  const whose = aside.length < request.events.length ? `${aside.length} of ${request.events.length} not counted: ` : "";
  return whose + (reason ? reasonWords(reason) : "not counted");
}

const plain = (text: string): string => text.replaceAll("`", "");

/** What to do about a code, where the console can say more than what it means. */
export const ADVICE: Record<string, string> = {
  "EXEG-0002-400": "Add ?configId=… with the id of a datastream to the address.",
  "EXEG-0003-400": "Send the id of one of the datastreams that are listed under Settings, letter by letter.",
  "EXEG-0004-422": "Enable the datastream, or its media events, under Settings; or send to another one.",
  "EXEG-0101-400": "Look at the body below: the first place that cannot be read is named there.",
  "EXEG-0103-400": "Put the events into a list named events (version 2 of the routes: one object named event).",
  "EXEG-0111-415": "Send content-type: application/json.",
  "EXEG-0112-413": "Send fewer events in one request, or raise the limit in [collector].",
  "va-edge-0400-400": "Correct each field below in the player and send again.",
  "va-edge-0400-400:mismatch": "Send the event to the path of its own type, or correct eventType.",
  "va-edge-0404-404": "Start a new session and use the id of its answer; an id of another server, or of a session that is over, is not taken.",
};
