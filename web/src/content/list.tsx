/** All titles: how many began each, how far they came, and which loses most. */
import { useState } from "preact/hooks";
import { useCatalogue } from "../ask.ts";
import { Controls } from "../controls/controls.tsx";
import { isLive } from "../endless.ts";
import { clock, number } from "../format.ts";
import { Card } from "../parts/basics.tsx";
import { EmptyState, MetricTile, NO_END, NothingHere, PageHeading, RESUMED, Shown } from "../parts/reports.tsx";
import { type Column, DataTable } from "../parts/tables.tsx";
import { query, setQuery } from "../router.ts";
import { column, type Measured } from "../units.ts";
import { linkTo, segment } from "../view.ts";
import { type Title, type Titles, useTitles } from "./ask.ts";
import { Meter, Reach } from "./meter.tsx";

const COUNT: Measured = { id: "count", unit: "count" };
const SHARE: Measured = { id: "share", unit: "ratio" };
const TIME: Measured = { id: "time", unit: "seconds" };
/** Rows at first, and as many more at each click. */
const ROWS = 100;

interface Field {
  id: keyof Title;
  name: string;
  measured: Measured;
  /** The metric whose meaning is the hint, or the meaning. */
  hint: string;
  drawn?: boolean;
}

/** What tells where viewers are lost comes first: on a phone the rest is out of sight. */
const FIELDS: readonly Field[] = [
  { id: "starts", name: "Media starts", measured: COUNT, hint: "media-starts" },
  { id: "completion", name: "Completed", measured: SHARE, hint: "content-completion-rate", drawn: true },
  { id: "lost", name: "Lost", measured: COUNT, hint: "Content starts that did not reach the end." },
  { id: "dropped", name: "Left before start", measured: SHARE, hint: "drop-before-start-rate", drawn: true },
  { id: "viewers", name: "Viewers", measured: COUNT, hint: "viewers" },
  { id: "time", name: "Content time", measured: TIME, hint: "content-time-spent" },
  { id: "buffering", name: "Buffering time", measured: SHARE, hint: "content-buffer-duration-rate" },
  { id: "errors", name: "With errors", measured: SHARE, hint: "Sessions with an error, of those that closed." },
];
const USUAL_SORT = "-starts";

const contentPath = (id: string): string => linkTo("/content", { content: id });

/** What has no number comes last, whichever the order. */
function sorted(titles: readonly Title[], sort: string): Title[] {
  const descending = sort.startsWith("-");
  const id = sort.replace(/^-/, "") as keyof Title;
  const factor = descending ? -1 : 1;
  return titles.toSorted((a, b) => {
    const [one, two] = [a[id], b[id]];
    if (one === null || two === null) return Number(one === null) - Number(two === null);
    return factor * (typeof one === "number" && typeof two === "number" ? one - two : String(one).localeCompare(String(two))) || b.starts - a.starts;
  });
}

function Search({ value }: { value: string }) {
  return (
    <label class="field title-search">
      <span class="visually-hidden">Search titles</span>
      <input type="search" placeholder="Search titles" autocomplete="off" spellcheck={false} value={value} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
    </label>
  );
}

const ENOUGH = "Of titles with at least ten content starts, and one in two hundred of all.";

/** The titles to look at first, with enough starts that a rate says something. */
function Looks({ titles }: { titles: readonly Title[] }) {
  const total = titles.reduce((sum, title) => sum + title.contentStarts, 0);
  const enough = titles.filter((title) => title.contentStarts >= Math.max(10, total * 0.005));
  const most = (of: readonly Title[], value: (title: Title) => number | null): Title | undefined =>
    of.filter((title) => value(title) !== null).toSorted((a, b) => (value(b) as number) - (value(a) as number))[0];
  const lost = most(titles, (title) => title.lost);
  const lowest = most(enough, (title) => (title.completion === null ? null : -title.completion));
  const before = most(enough, (title) => title.dropped);
  return (
    <div class="tiles looks" role="group" aria-label="Where viewers are lost">
      <Look name="Loses most viewers" metric={COUNT} title={lost} value={lost?.lost} hint="Content starts that did not reach the end.">
        {lost && `of ${number(lost.contentStarts)} who began it did not reach the end`}
      </Look>
      <Look name="Lowest completion" metric={SHARE} title={lowest} value={lowest?.completion} hint={ENOUGH}>
        {lowest && `of ${number(lowest.contentStarts)} who began it reached the end`}
      </Look>
      <Look name="Most left before the start" metric={SHARE} title={before} value={before?.dropped} hint={ENOUGH}>
        {before && `of ${number(before.starts)} who started it never saw the content`}
      </Look>
    </div>
  );
}

interface LookProps {
  name: string;
  metric: Measured;
  title: Title | undefined;
  value: number | null | undefined;
  hint: string;
  children: string | undefined;
}

function Look({ name, metric, title, value, hint, children }: LookProps) {
  return (
    <MetricTile name={name} metric={metric} value={value} hint={hint}>
      <p>{title ? <a href={contentPath(title.id)}>{title.name}</a> : "No title"}</p>
      <p class="muted">{children ?? "of which enough was viewed"}</p>
    </MetricTile>
  );
}

function Table({ titles, sort, stale }: { titles: readonly Title[]; sort: string; stale: boolean }) {
  const { answer: catalogue } = useCatalogue();
  const written = FIELDS.map(({ id, measured }) => column(measured, titles.map((title) => title[id] as number | null)));
  const columns: Column[] = [
    { id: "name", name: "Title", sortable: true },
    ...FIELDS.map(({ id, name, hint }, n): Column => ({
      id, name, number: true, sortable: true, unit: written[n]?.unit ?? "", hint: catalogue?.metrics.find((one) => one.id === hint)?.definition ?? hint,
    })),
  ];
  const [most, setMost] = useState(ROWS);
  // The picture of how far they came stands beside the number of those who came to the end.
  const reachAt = 1 + FIELDS.findIndex(({ id }) => id === "completion");
  const withReach = <T,>(line: T[], reach: T): T[] => [...line.slice(0, reachAt), reach, ...line.slice(reachAt)];
  return (
    <>
      <DataTable
        label="Titles"
        stale={stale}
        sort={sort}
        onSort={(to) => setQuery({ sort: to === USUAL_SORT ? "" : to }, { back: true })}
        columns={withReach(columns, { id: "reach", name: "How far", hint: "Content starts that viewed the point at 10, 25, 50, 75, 95 % and the end." })}
        rows={titles.slice(0, most).map((title) =>
          withReach(
            [
              <>
                <a href={contentPath(title.id)}>{title.name}</a>
                <span class="sub">{[title.name === title.id ? "" : title.id, isLive(title) ? "live" : title.length ? clock(title.length) : ""].filter(Boolean).join(" · ")}</span>
              </>,
              ...FIELDS.map(({ id, drawn }, n) => {
                const value = title[id] as number | null;
                const text = written[n]?.text(value) ?? "";
                return drawn ? <Meter share={value} text={text} /> : text;
              }),
            ],
            <Reach reach={title.reach} />,
          ),
        )}
      />
      <p class="sub table-note">
        {RESUMED} {titles.some(isLive) && NO_END}
      </p>
      {titles.length > most && (
        <button type="button" class="quiet more" onClick={() => setMost(most + ROWS)}>
          Show more
        </button>
      )}
    </>
  );
}

function Counted({ of, more }: { of: number | null; more: boolean }) {
  const words = of === null ? " " : more ? `The ${number(of)} with the most starts` : `${number(of)} ${of === 1 ? "title" : "titles"}`;
  return (
    <span role="status">
      {words}
      {of !== null && segment.value.json && ", of the sessions that match"}
    </span>
  );
}

export function TitleList() {
  const search = query.value.get("q") ?? "";
  const sort = query.value.get("sort") || USUAL_SORT;
  const all = useTitles("");
  const asksServer = Boolean(search && all.answer?.more);
  const searched = useTitles(asksServer ? search : null);
  const shown = asksServer ? searched : all;
  const needle = search.toLowerCase();
  const matching = ({ titles }: Titles) =>
    asksServer || !needle ? titles : titles.filter((title) => title.name.toLowerCase().includes(needle) || title.id.toLowerCase().includes(needle));
  const counted = shown.answer && matching(shown.answer).length;
  const empty = all.state === "ready" && all.answer?.titles.length === 0;
  return (
    <div class="page page-titles">
      <PageHeading title="Content" freshness={all.answer?.freshness} />
      <Controls />
      {empty && <NothingHere />}
      <div class="page" hidden={empty}>
        <div class="looks-room">
          <Shown of={all} what="The titles" lines={3}>
            {({ titles }) => <Looks titles={titles} />}
          </Shown>
        </div>
        <Card id="titles" title="Titles" note={<Counted of={counted} more={shown.answer?.more ?? false} />}>
          <Search value={search} />
          <Shown of={shown} what="The titles" lines={16}>
            {(answer, stale) => {
              const found = sorted(matching(answer), sort);
              if (found.length > 0) return <Table titles={found} sort={sort} stale={stale} />;
              return (
                <EmptyState title="No title matches">
                  <p class="muted">
                    No title of this range has “{search}” in its name or id.{" "}
                    <button type="button" class="quiet" onClick={() => setQuery({ q: "" })}>
                      Show all titles
                    </button>
                  </p>
                </EmptyState>
              );
            }}
          </Shown>
        </Card>
      </div>
    </div>
  );
}
