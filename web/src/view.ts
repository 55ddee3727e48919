/** What all pages share, read from the address: range of time, comparison, time zone, segment. */
import { computed, signal } from "@preact/signals";
import type { Bounds } from "./ask.ts";
import { customRange, PRESET_USUAL, PRESETS, type Preset, presetRange, type Range } from "./ranges.ts";
import { here, query, setQuery } from "./router.ts";
import { readSegment, type SegmentJson, segmentJson, type Simple } from "./segments.ts";
import { browserZone, isZone } from "./zones.ts";

/** Parameters that links between pages carry on. */
export const SHARED = ["range", "from", "until", "compare", "tz", "segment"];

/** A clock by minutes, so that ranges which end now move on. */
const minute = signal(Math.floor(Date.now() / 60_000));
setInterval(() => {
  minute.value = Math.floor(Date.now() / 60_000);
}, 5_000);

/** The zone this server is configured to show times in; null: each browser's own. */
const configured = document.documentElement.dataset["timeZone"];
const serverZone = configured && isZone(configured) ? configured : null;

export const zone = computed((): string => {
  const named = query.value.get("tz");
  return named && isZone(named) ? named : (serverZone ?? browserZone());
});

export const range = computed((): Range => {
  const given = query.value;
  const custom = customRange(given.get("from") ?? "", given.get("until") ?? "", zone.value);
  if (custom) return custom;
  const named = PRESETS.find(([name]) => name === given.get("range"))?.[0] ?? PRESET_USUAL;
  return presetRange(named, minute.value * 60_000, zone.value);
});

export const comparing = computed((): boolean => query.value.get("compare") === "before");
export const segment = computed(() => readSegment(query.value.get("segment") ?? ""));

/** The parts of a question that are the same for all of a page. Compare is added by `withCompare`. */
export const bounds = computed((): Bounds => {
  const { from, until } = range.value;
  const { json } = segment.value;
  return { from, until, timeZone: zone.value, ...(json ? { segment: json } : {}) };
});

/** Bounds of this page and further conditions (a title, an error id) that all must hold. */
export function boundsWith(...conditions: SegmentJson[]): Bounds {
  const { segment: own, ...rest } = bounds.value;
  const all = [...(own ? [own] : []), ...conditions];
  return all.length ? { ...rest, segment: all.length === 1 ? (all[0] as SegmentJson) : { all } } : rest;
}

/** `compare` of a report, when the comparison is on: `{...bounds.value, ...compared.value, metrics}`. */
export const compared = computed((): { compare?: { from: string; until: string } } => {
  const { from, until } = range.value.before;
  return comparing.value ? { compare: { from, until } } : {};
});

/** The address of a page that keeps the view: `linkTo("/content", { content: "coast-3" })`. */
export function linkTo(path: string, more: Record<string, string> = {}): string {
  const parameters = new URLSearchParams();
  for (const name of SHARED) {
    const value = here.value.searchParams.get(name);
    if (value) parameters.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

// Changes by the controls: each can be undone by Back, and writes the zone too, so that the link means the same elsewhere.
const change = (changes: Record<string, string>) => setQuery({ tz: zone.value, ...changes }, { back: true });

export const choosePreset = (name: Preset) => change({ range: name, from: "", until: "" });
export const chooseCustom = (from: string, until: string) => change({ range: "", from, until });
export const chooseZone = (name: string) => change({ tz: name });
export const chooseCompare = (on: boolean) => change({ compare: on ? "before" : "" });
export function chooseSegment(simple: Simple): void {
  const json = segmentJson(simple);
  change({ segment: json ? JSON.stringify(json) : "" });
}
