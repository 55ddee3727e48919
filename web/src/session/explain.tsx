/** A number opened up: its rule, its formula, the terms that make it, and the events behind each term. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Explanation, getExplanation, type Term, type TermEvent } from "../api.ts";
import { clock, number, shortType } from "../format.ts";
import { useLive } from "../live.ts";
import { Problem, Skeleton } from "../parts/basics.tsx";
import { query, setQuery } from "../router.ts";
import { timeOfDay } from "../times.ts";
import { openEvent } from "./events.tsx";

/** Terms drawn at first, and events named of each: a page of thousands is slow on a phone. */
const FIRST_TERMS = 50;
const FIRST_EVENTS = 4;

export interface Subject {
  id: string;
  startMs: number;
}

/** What the address of the page named when it was loaded: that one is scrolled to, unless the address names a part too. */
let addressed = location.hash ? null : new URLSearchParams(location.search).get("explain");

const opened = (): string => query.value.get("explain") ?? "";
const panelOf = (field: string): string => `explain-${field}`;

/** Open the explanation of a field from elsewhere on the page, and go there. */
export function openNumber(field: string): void {
  if (opened() === field) document.getElementById(panelOf(field))?.scrollIntoView({ block: "center" });
  addressed = field;
  setQuery({ explain: field }, { back: true });
}

/** What opens and closes the explanation of a field; it says what it is within. */
export function Opener({ field, children }: { field: string; children: ComponentChildren }) {
  const open = opened() === field;
  return (
    <button
      type="button"
      class="opener"
      aria-expanded={open}
      aria-controls={open ? panelOf(field) : undefined}
      title="What this number is made of"
      onClick={() => setQuery({ explain: open ? "" : field }, { back: true })}
    >
      {children}
    </button>
  );
}

/** The explanation of whichever of these fields is open; nothing if none is. `within` puts it where it stands. */
export function Opened({ subject, fields, label, within }: {
  subject: Subject;
  fields: string[];
  label: (field: string) => string;
  within: (panel: ComponentChildren) => ComponentChildren;
}) {
  const field = opened();
  if (!fields.includes(field)) return null;
  return <>{within(<Panel key={field} subject={subject} field={field} label={label(field)} />)}</>;
}

function Panel({ subject, field, label }: { subject: Subject; field: string; label: string }) {
  const { data, error } = useLive(`explain ${subject.id} ${field}`, (signal) => getExplanation(subject.id, field, signal), subject.id);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!data || field !== addressed) return;
    addressed = null;
    panel.current?.scrollIntoView({ block: "center" });
  }, [data, field]);
  return (
    <section ref={panel} class="explained" id={panelOf(field)} aria-label={`What ${label} is made of`}>
      {error && <Problem error={error} title="This number cannot be opened up" />}
      {data ? <Answer said={data} subject={subject} /> : error ? null : <Skeleton lines={3} label="Loading what it is made of" />}
    </section>
  );
}

function Answer({ said, subject }: { said: Explanation; subject: Subject }) {
  const [most, setMost] = useState(FIRST_TERMS);
  const shown = said.terms.slice(0, most);
  return (
    <>
      <p class="rule">{said.rule}</p>
      <p>
        {said.formula.text} {partsOf(said)}
      </p>
      {said.reason && <p class="reason">{said.reason}</p>}
      {shown.length > 0 && (
        <table class="plain terms">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col" class="number">
                {said.terms.some((term) => term.amount === null) ? "Value" : "Amount"}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((term, place) => (
              <Line key={place} term={term} said={said} subject={subject} />
            ))}
          </tbody>
          {said.total !== null && (
            <tfoot>
              <tr>
                <th scope="row" colSpan={2}>
                  {said.termCount > 1 ? `${number(said.termCount)} terms; before rounding` : "Before rounding"}
                </th>
                <td class="number">{amountOf(said.total, totalUnit(said))}</td>
              </tr>
            </tfoot>
          )}
        </table>
      )}
      {said.terms.length > shown.length && (
        <button type="button" class="quiet" onClick={() => setMost(said.terms.length)}>
          Show the other {number(said.terms.length - shown.length)}
        </button>
      )}
      {said.cursor && <p>The first {number(said.terms.length)} of {number(said.termCount)} are here; the API has them all.</p>}
      <p class="result">
        Shown as <b>{valueOf(said.value)}</b>
        {said.value !== null && said.unit ? ` ${said.unit}` : ""}
      </p>
    </>
  );
}

function Line({ term, said, subject }: { term: Term; said: Explanation; subject: Subject }) {
  const value = term.amount === null ? valueOf(term.value) : amountOf(term.amount, said.termUnit);
  const { contentFrom, contentUntil } = term;
  return (
    <tr>
      <td class="when">
        {said.field === "sessionDetails.secondsSinceLastCall" ? (
          <>
            {timeOfDay(Date.parse(term.from))} to {timeOfDay(Date.parse(term.until))}
          </>
        ) : (
          whenOf(term, subject.startMs)
        )}
      </td>
      <td>
        {term.why.charAt(0).toUpperCase() + term.why.slice(1)}
        {contentFrom !== null && contentUntil !== null && (
          <span class="sub">
            content {exact(contentFrom * 1000)} to {exact(contentUntil * 1000)}
          </span>
        )}
        {term.amount !== null && term.value !== null && (
          <span class="sub">
            {valueOf(term.value)} {said.unit}
          </span>
        )}
        <Events events={term.events} field={said.field} />
      </td>
      <td class="number">{value}</td>
    </tr>
  );
}

/** The events behind a term: the first ones and the last, the others on request. */
function Events({ events, field }: { events: TermEvent[]; field: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && events.length > FIRST_EVENTS;
  const head = cut ? events.slice(0, FIRST_EVENTS - 1) : events;
  if (events.length === 0) return null;
  return (
    <ul class="behind" aria-label="Events behind it">
      {head.map((event) => (
        <EventLink key={`${event.place} ${event.inside}`} event={event} field={field} />
      ))}
      {cut && (
        <>
          <li>
            <button type="button" class="opener" onClick={() => setAll(true)}>
              {number(events.length - FIRST_EVENTS)} more
            </button>
          </li>
          <EventLink event={events.at(-1) as TermEvent} field={field} />
        </>
      )}
    </ul>
  );
}

function EventLink({ event, field }: { event: TermEvent; field: string }) {
  const to = `?${new URLSearchParams({ explain: field, event: String(event.place) })}#events`;
  return (
    <li>
      <a
        href={to}
        onClick={(click) => {
          if (click.metaKey || click.ctrlKey || click.shiftKey) return;
          click.preventDefault();
          openEvent(event.place);
        }}
      >
        {event.place}. {shortType(event.eventType)}
      </a>
    </li>
  );
}

function partsOf(said: Explanation): string {
  const words = Object.entries(said.parts).map(([name, value]) => `${name} = ${value}`);
  return words.length ? `Here ${words.join(", ")}.` : "";
}

/** The total of a sum has the unit of its terms, that of an average or a last value the value's own. */
const totalUnit = (said: Explanation): string =>
  ["seconds", "union", "streams"].includes(said.formula.kind) ? said.termUnit : said.formula.kind === "last-seconds" ? "ms" : said.unit;

function amountOf(amount: number, unit: string): string {
  if (unit === "ms") return `${(amount / 1000).toFixed(3)} s`;
  return `${number(amount)}${unit ? ` ${unit}` : ""}`;
}

function valueOf(value: Explanation["value"]): string {
  if (value === null) return "absent";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "number" ? number(value) : value;
}

function whenOf(term: Term, startMs: number): string {
  const [from, until] = [term.from, term.until].map((at) => exact(Date.parse(at) - startMs)) as [string, string];
  return from === until ? from : `${from} to ${until}`;
}

/** 15002 ms is "0:15.002". */
function exact(ms: number): string {
  const whole = Math.round(Math.abs(ms));
  return `${ms < 0 ? "−" : ""}${clock(whole / 1000)}.${String(whole % 1000).padStart(3, "0")}`;
}
