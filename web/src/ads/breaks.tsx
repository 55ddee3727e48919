/** What becomes of the audience at ad breaks: begun, gone on, left; told apart in the way the address says. */
import { useState } from "preact/hooks";
import { type Cell, getPanel, numbers, type PanelAnswer, useAnswer, useCatalogue } from "../ask.ts";
import { clock, number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { EmptyState, Shown } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { enoughOf } from "../quality/groups.ts";
import { query, sessionPath, setQuery } from "../router.ts";
import { alone, change, column, type Measured, spoken, stretch } from "../units.ts";
import { bounds, comparing, linkTo, range } from "../view.ts";
import { wallOfTime } from "../zones.ts";
import { narrowedTo, onlyAds } from "./filter.tsx";

const WAYS = [
  ["pod-name", "Name"],
  ["pod-position", "Position"],
  ["ad-pod", "Each break"],
  ["content", "Content"],
] as const;
type Way = (typeof WAYS)[number][0];

const ROWS_FIRST = 12;
const TIME: Measured = { id: "seconds", unit: "seconds" };
export const SHARE: Measured = { id: "share", unit: "ratio" };

const over = (part: number | null, whole: number | null) => (part !== null && whole ? part / whole : null);

interface Break {
  value: Cell;
  /** Of one break: where it is. */
  content: string;
  contentName: string;
  name: string;
  position: number | null;
  breaks: number;
  ads: number;
  completion: number | null;
  seconds: number;
  /** Sessions that left in one of its ads. */
  leftInAd: number;
  inAd: number | null;
  after: number | null;
}

function breaksOf(panel: PanelAnswer): Break[] {
  const of = (name: string) => numbers(panel, name);
  const [breaks, ads, completed, seconds, inAd, after, position] = [
    of("breaks"), of("ads"), of("ads-completed"), of("seconds"), of("left-in-ad"), of("left-after"),
    panel.columns.includes("pod-name") && panel.columns[0] === "ad-pod" ? of("pod-position") : [],
  ];
  const text = (row: Cell[], name: string) => {
    const place = panel.columns.indexOf(name, 1);
    return place < 0 ? "" : String(row[place] ?? "");
  };
  return panel.rows.map((row, n) => ({
    value: row[0] ?? null,
    content: text(row, "content"),
    contentName: text(row, "content-name"),
    name: text(row, "pod-name"),
    position: position?.[n] ?? null,
    breaks: breaks[n] ?? 0,
    ads: ads[n] ?? 0,
    completion: over(completed[n] ?? null, ads[n] ?? null),
    seconds: seconds[n] ?? 0,
    leftInAd: inAd[n] ?? 0,
    inAd: over(inAd[n] ?? null, breaks[n] ?? null),
    after: over(after[n] ?? null, breaks[n] ?? null),
  }));
}

const SORTED: Record<string, (one: Break) => Cell> = {
  value: ({ value, content, position }) => (content ? `${content} ${String(position ?? 0).padStart(9, "0")}` : value),
  breaks: (one) => one.breaks,
  ads: (one) => one.ads,
  completion: (one) => one.completion,
  seconds: (one) => one.seconds,
  "left-in-ad": (one) => one.inAd,
  "left-after": (one) => one.after,
};

function inOrder(breaks: Break[], sort: string): Break[] {
  const of = SORTED[sort.replace(/^-/, "")] ?? (() => null);
  const sign = sort.startsWith("-") ? -1 : 1;
  return breaks.toSorted((a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y), "en", { numeric: true }) : Number(x) - Number(y));
  });
}

export function Breaks() {
  const named = query.value.get("breaks");
  const way: Way = WAYS.find(([id]) => id === named)?.[0] ?? "pod-name";
  const { ads } = onlyAds.value;
  const { before } = range.value;
  const isCompared = comparing.value;
  const answered = useAnswer(JSON.stringify([bounds.value, ads, way, isCompared]), async (signal) => {
    const of = ({ from, until }: { from: string; until: string }) =>
      getPanel("ad-breaks", { ...bounds.value, from, until }, { by: way, ...(ads ? { ads: JSON.stringify(ads) } : {}) }, signal);
    const [panel, past] = await Promise.all([of(range.value), isCompared ? of(before) : null]);
    return { panel, past, way };
  });
  return (
    <Card
      id="breaks"
      title="Drop-off at breaks"
      note={
        <fieldset class="segments" aria-label="Breaks by">
          {WAYS.map(([id, name]) => (
            <label key={id}>
              <input type="radio" name="breaks" checked={way === id} onChange={() => setQuery({ breaks: id === "pod-name" ? "" : id }, { back: true })} />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      }
    >
      <Shown of={answered} what="The breaks" lines={13}>
        {({ panel, past, way: shown }, stale) =>
          panel.summary.breaks ? (
            <>
              <Told panel={panel} past={past} way={shown} stale={stale} />
              <Leavers panel={panel} />
            </>
          ) : (
            <EmptyState title="No session with such an ad closed in this range" />
          )
        }
      </Shown>
    </Card>
  );
}

/** The share of breaks at which the audience was gone. */
const lostOf = ({ inAd, after }: Break): number | null => (inAd === null || after === null ? null : inAd + after);

interface ToldProps {
  panel: PanelAnswer;
  /** Of the period before. */
  past: PanelAnswer | null;
  way: Way;
  stale: boolean;
}

function Told({ panel, past, way, stale }: ToldProps) {
  const { answer: catalogue } = useCatalogue();
  const [all, setAll] = useState(false);
  const sort = query.value.get("breaks-sort") || (way === "pod-position" ? "value" : "-breaks");
  const every = inOrder(breaksOf(panel), sort);
  const rows = all ? every : every.slice(0, ROWS_FIRST);
  const total = (name: string) => (panel.summary[name] as number | null) ?? null;
  // A break that few saw says little: it does not make the bars of the others short.
  const enough = rows.filter((one) => one.breaks >= enoughOf(total("breaks") ?? 0));
  const most = Math.max(...(enough.length ? enough : rows).map((one) => lostOf(one) ?? 0), 0.0001);
  const lostBefore = past && new Map(breaksOf(past).map((one) => [one.value, lostOf(one)]));
  const written = {
    completion: column({ id: "ad-completion-rate", unit: "ratio" }, every.map((one) => one.completion)),
    inAd: column(SHARE, every.map((one) => one.inAd)),
    after: column(SHARE, every.map((one) => one.after)),
    seconds: column(TIME, [...every.map((one) => one.seconds), total("seconds")]),
  };
  const heading = catalogue?.dimensions.find((one) => one.id === way)?.name ?? "Break";
  const goneOf = ({ summary }: PanelAnswer) => over(Number(summary["left-in-ad"]) + Number(summary["left-after"]), Number(summary.breaks));
  const gone = goneOf(panel);
  const worst = every.toSorted((a, b) => b.leftInAd - a.leftInAd || a.breaks - b.breaks)[0];
  return (
    <>
      <p class="lead">
        {number(total("breaks") ?? 0)} breaks in {number(total("sessions") ?? 0)} sessions that closed in this range. The audience went on after{" "}
        <b>{spoken(over(total("went-on"), total("breaks")), SHARE)}</b> of them, and was gone at <b>{spoken(gone, SHARE)}</b>
        {past && <span class="muted"> ({change(gone, goneOf(past), SHARE) || "nothing"} from the period before)</span>}.
        {worst && worst.leftInAd > 1 && (
          <>
            {" "}
            Most left in an ad of <b>{plainName(worst, way)}</b>: {number(worst.leftInAd)} of {number(worst.breaks)}.
          </>
        )}
      </p>
      <ul class="chart-legend" aria-label="How sessions leave">
        <li>
          <LossBar inAd={0.3} after={0} most={0.3} width={22} /> Left in an ad
        </li>
        <li>
          <LossBar inAd={0} after={0.3} most={0.3} width={22} /> Left after the last ad: of a post-roll, saw it to its end
        </li>
      </ul>
      <DataTable
        label="Drop-off at breaks"
        stale={stale}
        sort={sort}
        onSort={(by) => setQuery({ "breaks-sort": by }, { back: true })}
        columns={[
          { id: "value", name: way === "ad-pod" ? "Break" : heading, sortable: true },
          { id: "breaks", name: "Breaks", number: true, sortable: true, hint: "Sessions in which an ad of the break began." },
          { id: "loss", name: "Audience lost" },
          { id: "left-in-ad", name: "Left in an ad", number: true, unit: "%", sortable: true, hint: "The last ad was not completed, and nothing came after it." },
          { id: "left-after", name: "Left after", number: true, unit: "%", sortable: true, hint: "The last ad was completed, and nothing came after it." },
          ...(lostBefore ? [{ id: "change", name: "Change of lost", number: true }] : []),
          { id: "ads", name: "Ad starts", number: true, sortable: true },
          { id: "completion", name: "Completion", number: true, unit: "%", sortable: true },
          { id: "seconds", name: "Ad time", number: true, unit: written.seconds.unit, sortable: true },
        ]}
        rows={rows.map((one) => [
          <BreakName one={one} way={way} link={narrowedTo(catalogue, way, one.value)} />,
          number(one.breaks),
          <LossBar inAd={one.inAd ?? 0} after={one.after ?? 0} most={most} width={120} />,
          written.inAd.text(one.inAd),
          written.after.text(one.after),
          ...(lostBefore ? [change(lostOf(one), lostBefore.get(one.value), SHARE) || "–"] : []),
          number(one.ads),
          written.completion.text(one.completion),
          written.seconds.text(one.seconds),
        ])}
        foot={[
          "All",
          number(total("breaks") ?? 0),
          <LossBar inAd={over(total("left-in-ad"), total("breaks")) ?? 0} after={over(total("left-after"), total("breaks")) ?? 0} most={most} width={120} />,
          written.inAd.text(over(total("left-in-ad"), total("breaks"))),
          written.after.text(over(total("left-after"), total("breaks"))),
          ...(past ? [change(gone, goneOf(past), SHARE) || "–"] : []),
          number(total("ads") ?? 0),
          written.completion.text(over(total("ads-completed"), total("ads"))),
          written.seconds.text(total("seconds")),
        ]}
      />
      {every.length > rows.length && (
        <button type="button" class="quiet more" onClick={() => setAll(true)}>
          Show all {number(every.length)}
        </button>
      )}
    </>
  );
}

/** The latest that left, each a link to its session: what a share is made of. */
function Leavers({ panel }: { panel: PanelAnswer }) {
  const left = panel.overlays.left ?? [];
  if (left.length === 0) return null;
  const text = (value: Cell | undefined) => String(value ?? "");
  return (
    <details class="leavers">
      <summary>Sessions that left last</summary>
      <DataTable
        label="Sessions that left last"
        columns={[
          { id: "at", name: "Left" },
          { id: "content", name: "Content" },
          { id: "break", name: "Break" },
          { id: "ad", name: "Ad" },
          { id: "how", name: "How" },
        ]}
        rows={left.map((one) => [
          <a href={linkTo(sessionPath(text(one.session)))}>{stretch(wallOfTime(text(one.at)), "second")}</a>,
          text(one.contentName) || text(one.content),
          `${text(one.break) || "Break"}${typeof one.second === "number" ? ` at ${clock(one.second)}` : ""}`,
          text(one.adName) || text(one.ad),
          one.completed ? "After it" : "In it",
        ])}
      />
    </details>
  );
}

/** What a break is called, in a sentence. */
function plainName({ value, name, position, content, contentName }: Break, way: Way): string {
  if (way === "pod-position" && typeof value === "number") return value === 0 ? "the pre-roll" : `the break at ${clock(value)}`;
  if (way !== "ad-pod") return String(value ?? "–");
  return `${name || "the break"}${position === null ? "" : ` at ${clock(position)}`} of ${contentName || content}`;
}

/** What a break is called, as a link that narrows the page to it. */
function BreakName({ one, way, link }: { one: Break; way: Way; link: string }) {
  if (way === "pod-position" && typeof one.value === "number") return <a href={link}>{one.value === 0 ? "0:00 (pre-roll)" : clock(one.value)}</a>;
  if (way !== "ad-pod") return <a href={link}>{String(one.value ?? "–")}</a>;
  const content = one.contentName || one.content;
  return (
    <>
      <a href={link}>
        {one.name || "Break"}
        {one.position === null ? "" : ` at ${clock(one.position)}`}
      </a>
      <span class="sub">{one.content ? <a href={linkTo("/content", { content: one.content })}>{content}</a> : content}</span>
    </>
  );
}

/** Shares lost as a bar: solid in an ad, hatched after the last one. The numbers stand beside it. */
function LossBar({ inAd, after, most, width }: { inAd: number; after: number; most: number; width: number }) {
  const whole = Math.max(most, inAd + after);
  const [first, second] = [(inAd / whole) * width, (after / whole) * width];
  return (
    <svg class="loss" width={width} height="12" viewBox={`0 0 ${width} 12`} aria-hidden="true">
      <rect class="in-ad" width={first} height="12" rx="2" />
      <rect class="after" x={first + (first && second ? 1.5 : 0)} width={Math.max(second - (first && second ? 1.5 : 0), 0)} height="12" rx="2" />
      <g class="hatch">
        {Array.from({ length: Math.max(Math.ceil(second / 5), 0) }, (_, n) => {
          const x = first + n * 5 + 2;
          return x + 3 <= first + second ? <line key={n} x1={x} x2={x + 3} y1="10.5" y2="1.5" /> : null;
        })}
      </g>
      <title>{`${alone(inAd, SHARE).text} % in an ad, ${alone(after, SHARE).text} % after`}</title>
    </svg>
  );
}
