/** What the Quality page shows, read from its address, and the links that narrow it. */
import { computed } from "@preact/signals";
import type { Cell } from "../ask.ts";
import { query } from "../router.ts";
import { type Condition, narrowed } from "../segments.ts";
import { linkTo, segment } from "../view.ts";

/** What sessions are mostly compared by, in the order in which one narrows down. */
export const USUAL: readonly [id: string, name: string][] = [
  ["content-player-name", "Player"],
  ["app-version", "App version"],
  ["content", "Content"],
  ["content-channel", "Channel"],
  ["cdn", "CDN"],
  ["stream-format", "Stream format"],
  ["content-type", "Content type"],
  ["network", "Network"],
  ["mvpd", "MVPD"],
  ["datastream", "Datastream"],
  ["hour-of-day", "Hour of day"],
];

/** What the list of sessions is in the order of: the metric, the words, and what the page of sessions is asked for all of them. */
export const ORDERS = {
  buffering: { metric: "total-buffer-duration", name: "Longest buffering", none: "No session buffered.", all: { "had-buffering": "yes", sort: "waiting" } },
  stalls: { metric: "total-stalling-duration", name: "Longest stalls", none: "No session stalled.", all: { "had-stalls": "yes", sort: "waiting" } },
  errors: { metric: "error-events", name: "Most errors", none: "No session had an error.", all: { "had-errors": "yes", sort: "errors" } },
  start: { metric: "time-to-start", name: "Slowest start", none: "No player told how long it took to start.", all: { sort: "waiting" } },
} as const;
export type Order = keyof typeof ORDERS;

const SESSIONS_FEW = 10;
export const SESSIONS_MANY = 50;

export interface Asked {
  by: string;
  /** Column of the breakdown, `-` before it for descending. */
  sort: string;
  order: Order;
  /** How many sessions are listed. */
  sessions: number;
}

export const asked = computed((): Asked => {
  const given = query.value;
  const order = given.get("worst") ?? "";
  return {
    by: given.get("by") || "content-player-name",
    sort: given.get("sort") || "-sessions",
    order: order in ORDERS ? (order as Order) : "buffering",
    sessions: given.get("sessions") === String(SESSIONS_MANY) ? SESSIONS_MANY : SESSIONS_FEW,
  };
});

/** The address of this page narrowed to a value. The breakdown goes on to what is not yet narrowed. */
export function narrowedTo(dimension: string, value: Cell, changes: Record<string, string> = {}): string {
  const condition: Condition = { kind: "dimension", id: dimension, op: "=", value: value as Condition["value"] };
  const { by, sort, order } = asked.value;
  const settled = new Set([dimension, ...segment.value.simple.conditions.filter((one) => one.op === "=").map((one) => one.id)]);
  const next = settled.has(by) ? (USUAL.find(([id]) => !settled.has(id))?.[0] ?? by) : by;
  return linkTo("/quality", {
    segment: JSON.stringify(narrowed(segment.value, condition)),
    by: next,
    sort: sort === "-sessions" ? "" : sort,
    worst: order,
    ...changes,
  });
}
