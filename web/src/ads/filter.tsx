/** Which ads a page counts: conditions on the ads themselves, in the address beside the segment, which chooses sessions. */
import { computed } from "@preact/signals";
import { type Catalogue, type Cell, reasonsAt, useCatalogue } from "../ask.ts";
import { here, query, setQuery } from "../router.ts";
import { type Condition, conditionWords, jsonOf, readSegment, type SegmentJson, segmentJson } from "../segments.ts";
import { linkTo, segment } from "../view.ts";
import "../styles/ads.css";

const PARAMETER = "ads";

const filter = computed(() => readSegment(query.value.get(PARAMETER) ?? ""));

/** For a question that counts ads: `{...bounds.value, ...onlyAds.value, metrics}`. */
export const onlyAds = computed((): { ads?: SegmentJson } => (filter.value.json ? { ads: filter.value.json } : {}));

/** Conditions that all hold, or none: what only a link has can be shown and removed as a whole. */
const conditions = computed((): Condition[] | null => {
  const { simple, nested } = filter.value;
  return nested || (simple.join === "any" && simple.conditions.length > 1) ? null : simple.conditions;
});

export const isFiltered = computed((): boolean => filter.value.json !== null);

/** This page, with a parameter changed. */
function hereWith(name: string, value: SegmentJson): string {
  const url = new URL(here.value);
  url.searchParams.set(name, JSON.stringify(value));
  return `${url.pathname}${url.search}`;
}

/** All that hold, of what is there and one more; an earlier one about the same dimension gives way. */
function narrowed(own: SegmentJson | null, list: Condition[] | null, one: Condition): SegmentJson {
  if (list === null) return { all: [...(own ? [own] : []), jsonOf(one)] };
  return segmentJson({ join: "all", conditions: [...list.filter(({ id }) => id !== one.id), one] }) as SegmentJson;
}

/** The address of this page about one value of a dimension only: of ads those ads, of sessions those sessions. */
export function narrowedTo(catalogue: Catalogue | null, id: string, value: Cell): string {
  const one: Condition = { kind: "dimension", id, op: "=", value: value ?? "" };
  if (catalogue?.dimensions.find((dimension) => dimension.id === id)?.grain === "ad") {
    return hereWith(PARAMETER, narrowed(filter.value.json, conditions.value, one));
  }
  const { simple, nested, json } = segment.value;
  const list = nested || (simple.join === "any" && simple.conditions.length > 1) ? null : simple.conditions;
  return hereWith("segment", narrowed(json, list, one));
}

/** Explore with the same view, asked about the same ads. */
export function exploreLink(metrics: string[], by: string[], more: Record<string, string> = {}): string {
  return linkTo("/explore", { metrics: metrics.join(","), by: by.join(","), ads: query.value.get(PARAMETER) ?? "", ...more });
}

/** The list of sessions of the range that had such ads, one for each condition; without any, that had an ad. */
export function sessionsLink(): string {
  const { simple, nested, json } = segment.value;
  const own = nested || (simple.join === "any" && simple.conditions.length > 1) ? null : simple.conditions;
  const some: Condition = { kind: "dimension", id: "ad", op: "exists", value: true };
  const of = isFiltered.value ? conditions.value : [some];
  const all = own && of ? segmentJson({ join: "all", conditions: [...own, ...of] }) : { all: [...(json ? [json] : []), filter.value.json ?? jsonOf(some)] };
  return linkTo("/sessions", { segment: JSON.stringify(all), time: "range" });
}

const remove = (json: SegmentJson | null) => setQuery({ [PARAMETER]: json ? JSON.stringify(json) : "" }, { back: true });

/** The conditions as chips, each of which can be removed; nothing without any. `error`: of an answer that may be about them. */
export function AdFilter({ error = null }: { error?: Error | null }) {
  const { answer: catalogue } = useCatalogue();
  if (!isFiltered.value) return null;
  const list = conditions.value;
  const nameOf = (id: string) => catalogue?.dimensions.find((one) => one.id === id)?.name ?? id;
  const chips: [string, SegmentJson | null][] = list
    ? list.map((one, n) => [`${nameOf(one.id)} ${conditionWords(one)}`, segmentJson({ join: "all", conditions: list.filter((_, other) => other !== n) })])
    : [["Ads of a condition of its own", null]];
  const reasons = reasonsAt(error, PARAMETER);
  return (
    <div class="ad-filter" role="group" aria-label="Ads counted">
      <span class="muted">Only ads whose</span>
      <ul class="chips" aria-label="Conditions on ads">
        {chips.map(([words, rest]) => (
          <li key={words} class="chip">
            <span title={list ? undefined : JSON.stringify(filter.value.json)}>{words}</span>
            <button type="button" aria-label={`Remove: ${words}`} onClick={() => remove(rest)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {chips.length > 1 && (
        <button type="button" class="quiet" onClick={() => remove(null)}>
          All ads
        </button>
      )}
      {reasons.length > 0 && (
        <p class="reason" role="alert">
          {reasons.join("; ")}
        </p>
      )}
    </div>
  );
}
