/** The question of the Explore page, read from its address. */
import { computed } from "@preact/signals";
import { onlyAds } from "../ads/filter.tsx";
import type { Catalogue, Dimension, Metric, ReportQuestion } from "../ask.ts";
import type { Granularity } from "../ranges.ts";
import { query, setQuery } from "../router.ts";
import { bounds, compared } from "../view.ts";

export const GRANULARITIES: [Granularity, string][] = [
  ["minute", "Minute"], ["5-minutes", "5 minutes"], ["15-minutes", "15 minutes"], ["30-minutes", "30 minutes"],
  ["hour", "Hour"], ["day", "Day"], ["week", "Week"], ["month", "Month"],
];
const USUAL = "media-starts";

export interface Asked {
  metrics: string[];
  by: string[];
  granularity: Granularity | "";
  /** As the API takes it; empty: its own order. */
  sort: string;
  /** From 1. */
  page: number;
  /** The metric that is drawn. */
  drawn: string;
}

const list = (text: string | null): string[] => (text ?? "").split(",").map((word) => decodeWord(word)).filter(Boolean);
// Names of custom metadata may hold a comma.
const decodeWord = (word: string): string => word.replaceAll("%2C", ",");
const encodeList = (words: string[]): string => words.map((word) => word.replaceAll(",", "%2C")).join(",");

export const asked = computed((): Asked => {
  const given = query.value;
  const metrics = list(given.get("metrics"));
  const granularity = given.get("granularity") ?? "";
  return {
    metrics: metrics.length ? metrics : [USUAL],
    by: list(given.get("by")),
    granularity: GRANULARITIES.some(([id]) => id === granularity) ? (granularity as Granularity) : "",
    sort: given.get("sort") ?? "",
    page: Math.max(1, Math.floor(Number(given.get("page") ?? 1)) || 1),
    drawn: given.get("chart") ?? "",
  };
});

/** Whether nothing was chosen yet. */
export const isBare = computed(() => !["metrics", "by", "granularity"].some((name) => query.value.get(name)));

/** Ask something else: from its first page on, in an order that it has. */
export function ask(changes: Partial<Asked>): void {
  const next = { ...asked.value, page: 1, ...changes };
  const columns = new Set(["time", ...next.by, ...next.metrics]);
  const sort = columns.has(next.sort.replace(/^-/, "").replace(/^dimension:/, "")) ? next.sort : "";
  setQuery(
    {
      metrics: encodeList(next.metrics),
      by: encodeList(next.by),
      granularity: next.granularity,
      sort,
      page: next.page > 1 ? String(next.page) : "",
      chart: next.metrics.includes(next.drawn) ? next.drawn : "",
    },
    { back: true },
  );
}

export const question = computed((): ReportQuestion => {
  const { metrics, by, granularity, sort } = asked.value;
  return {
    ...bounds.value,
    ...compared.value,
    ...onlyAds.value,
    metrics,
    ...(by.length ? { dimensions: by } : {}),
    ...(granularity ? { granularity } : {}),
    ...(sort ? { sort } : {}),
  };
});

const STATE_UNITS: Record<string, Metric["unit"]> = { count: "count", "streams-impacted": "streams", "total-duration": "seconds" };

/** What the catalogue says of a metric; of a custom state (`state:NAME:count`), what follows from its name. */
export function metricOf(catalogue: Catalogue | null, id: string): Pick<Metric, "id" | "name" | "unit" | "definition"> {
  const known = catalogue?.metrics.find((metric) => metric.id === id);
  if (known) return known;
  const [, state, kind] = /^state:(.+):([a-z-]+)$/.exec(id) ?? [];
  return { id, name: state ? `${state}: ${(kind ?? "").replaceAll("-", " ")}` : id, unit: STATE_UNITS[kind ?? ""] ?? "count", definition: "" };
}

export function dimensionOf(catalogue: Catalogue | null, id: string): Pick<Dimension, "id" | "name" | "kind"> {
  return catalogue?.dimensions.find((dimension) => dimension.id === id) ?? { id, name: id.replace(/^custom:/, ""), kind: "value" };
}
