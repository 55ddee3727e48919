/** What the list of sessions is asked: all of it is in the address. */
import { computed } from "@preact/signals";
import type { SessionSearch, SessionState } from "../api.ts";
import { query, setQuery } from "../router.ts";
import { bounds, segment, zone } from "../view.ts";

export const STATES: ["" | SessionState, string][] = [["", "All"], ["open", "Open"], ["closing", "Closing"], ["closed", "Closed"]];
export const ORDERS = [["", "Newest"], ["waiting", "Longest wait"], ["errors", "Most errors"]] as const;
export const CAUSES = [
  ["end", "Ended by the player"],
  ["idle", "No event for too long"],
  ["stuck", "Playhead stood still"],
  ["complete", "Content complete"],
  ["age", "24 hours old"],
  ["downloaded", "Played offline"],
] as const;
/** What a session had: word of the address, label, parameter of the API. */
export const HAD = [
  ["errors", "Errors", "hasErrors"],
  ["stalls", "Stalls", "hasStalls"],
  ["buffering", "Buffering", "hasBuffering"],
  ["warnings", "Warnings", "hasWarnings"],
] as const;

const TEXTS = ["content", "person", "player", "channel", "datastream"] as const;
/** Behind "More filters". */
const FURTHER = ["player", "channel", "datastream", "cause"] as const;

export type Text = (typeof TEXTS)[number];

const known = (pairs: readonly (readonly [string, ...string[]])[], value: string): string => (pairs.some(([one]) => one === value) ? value : "");
const asked = (name: string): string => query.value.get(name) ?? "";

export const text = (name: Text): string => asked(name);
export const state = computed(() => known(STATES, asked("state")));
export const order = computed(() => known(ORDERS, asked("sort")));
export const cause = computed(() => known(CAUSES, asked("cause")));
export const had = (name: string): boolean => asked(`had-${name}`) === "yes";
/** Whether only sessions that started in the range of the view are asked for. */
export const inRange = computed(() => asked("time") === "range");

/** Whether something is asked that only closed sessions can answer. */
export const closedOnly = computed(() => order.value !== "" || segment.value.json !== null);
export const further = computed(() => FURTHER.filter((name) => asked(name)).length);

export const search = computed((): SessionSearch => {
  const found: SessionSearch = {};
  for (const name of TEXTS) if (text(name)) found[name] = text(name);
  if (state.value) found["state"] = state.value;
  if (order.value) found["sort"] = order.value;
  if (cause.value) found["cause"] = cause.value;
  for (const [name, , parameter] of HAD) if (had(name)) found[parameter] = "true";
  if (inRange.value) {
    found["from"] = bounds.value.from;
    found["until"] = bounds.value.until;
  }
  if (segment.value.json) {
    found["segment"] = JSON.stringify(segment.value.json);
    found["timeZone"] = zone.value;
  }
  return found;
});

/** Whether any condition narrows the list. */
export const narrowed = computed(() => Object.keys(search.value).some((name) => name !== "sort"));

export const choose = (changes: Record<string, string>): void => setQuery(changes, { back: true });
