/** Every delivery as it came, in the order it was folded, and the rows that were written for it. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { EVENTS_MAX, type Outcome, type Row, type SessionEvent } from "../api.ts";
import { clock, number, shortType } from "../format.ts";
import { JsonText } from "../parts/basics.tsx";
import { query, setQuery } from "../router.ts";
import { dateAndTime, timeOfDay } from "../times.ts";
import { reasonWords } from "./fields.ts";

/** Lines drawn at first: a page of thousands is slow on a phone. */
const FIRST = 200;

/** The event that is to be shown now. */
const wantedEvent = signal(0);

/** Show an event of this page, whatever is filtered. */
export function openEvent(place: number): void {
  setQuery({ event: String(place), outcome: "" }, { back: true });
  wantedEvent.value = place;
}

const OUTCOMES: ["" | Outcome, string][] = [["", "All"], ["accepted", "Accepted"], ["duplicate", "Duplicate"], ["dropped", "Dropped"]];

function Event({ event, place, startMs, addressed }: { event: SessionEvent; place: number; startMs: number; addressed: boolean }) {
  const [open, setOpen] = useState(addressed);
  const summary = useRef<HTMLElement>(null);
  const wanted = wantedEvent.value === place;
  useEffect(() => {
    if (!wanted) return;
    wantedEvent.value = 0;
    setOpen(true);
    summary.current?.focus({ preventScroll: true });
    summary.current?.scrollIntoView({ block: "center" });
  }, [wanted]);
  const at = Date.parse(event.timestamp);
  const sinceStart = (at - startMs) / 1000;
  const late = (Date.parse(event.arrived) - at) / 1000;
  return (
    <li class={`event ${event.outcome}`}>
      <details
        open={open}
        onToggle={(change) => {
          setOpen(change.currentTarget.open);
          if (change.currentTarget.open) setQuery({ event: String(place) });
          else if (query.value.get("event") === String(place)) setQuery({ event: "" });
        }}
      >
        <summary ref={summary}>
          <span class="e-at number" title={dateAndTime(at)}>
            {sinceStart < 0 ? "−" : ""}
            {clock(Math.abs(sinceStart))}
            <span class="tenth">.{Math.floor(Math.abs(sinceStart * 10) % 10)}</span>
          </span>
          <span class="e-type">{shortType(event.eventType)}</span>
          <span class="e-head number" title="Playhead">
            {event.playhead === null ? "–" : clock(event.playhead)}
          </span>
          <span class="e-outcome">
            {event.outcome}
            {event.reason ? `: ${reasonWords(event.reason)}` : ""}
          </span>
        </summary>
        {open && (
          <div class="e-body">
            <p class="muted">
              Arrived {timeOfDay(Date.parse(event.arrived))}
              {Number.isFinite(late) ? `, ${late.toFixed(2)} s after its timestamp` : ""}
              {event.requestId ? `; request ${event.requestId}, event ${event.index}` : ""}
            </p>
            <JsonText value={event.xdm} />
          </div>
        )}
      </details>
    </li>
  );
}

export function Events({ events, more, startMs }: { events: SessionEvent[]; more: boolean; startMs: number }) {
  const wanted = query.value.get("outcome") ?? "";
  const addressed = query.value.get("event");
  const [asked, setMost] = useState(FIRST);
  const most = Math.max(asked, Number(addressed) || 0);
  const fitting = events.map((event, place) => ({ event, place: place + 1 })).filter(({ event }) => !wanted || event.outcome === wanted);
  const shown = fitting.slice(0, most);
  return (
    <section class="card" aria-labelledby="events-title" id="events">
      <header>
        <h2 id="events-title">Events</h2>
        <p>Every delivery the server acknowledged, by the player's clock. Open one to see it as received.</p>
        <fieldset class="segments" aria-label="Outcome">
          {OUTCOMES.map(([value, label]) => {
            const n = value ? events.filter((event) => event.outcome === value).length : events.length;
            return (
              <label key={value}>
                <input type="radio" name="outcome" checked={wanted === value} onChange={() => setQuery({ outcome: value })} />
                <span>
                  {label} <span class="n">{number(n)}</span>
                </span>
              </label>
            );
          })}
        </fieldset>
      </header>
      <div class="e-columns" aria-hidden="true">
        <span class="e-at number">Time</span>
        <span class="e-type">Event</span>
        <span class="e-head number">Playhead</span>
        <span class="e-outcome">Outcome</span>
      </div>
      {shown.length === 0 && <p class="none">None of these.</p>}
      <ol class="events" aria-label="Events in order">
        {shown.map(({ event, place }) => (
          <Event key={place} event={event} place={place} startMs={startMs} addressed={addressed === String(place)} />
        ))}
      </ol>
      {fitting.length > shown.length && (
        <button type="button" class="quiet more" onClick={() => setMost(EVENTS_MAX)}>
          Show the other {number(fitting.length - shown.length)}
        </button>
      )}
      {more && <p class="none">The first {number(EVENTS_MAX)} are shown; the API has them all.</p>}
    </section>
  );
}

function RowLine({ row }: { row: Row }) {
  const [open, setOpen] = useState(false);
  return (
    <li class="event">
      <details open={open} onToggle={(change) => setOpen(change.currentTarget.open)}>
        <summary>
          <span class="e-at number">{timeOfDay(Date.parse(String(row.xdm["timestamp"])))}</span>
          <span class="e-type">{shortType(String(row.xdm["eventType"]))}</span>
          <span class="e-outcome mono">{String(row.xdm["_id"]).slice(0, 12)}…</span>
        </summary>
        {open && (
          <div class="e-body">
            <JsonText value={row.xdm} />
          </div>
        )}
      </details>
    </li>
  );
}

export function Rows({ rows }: { rows: Row[] }) {
  return (
    <section class="card" aria-labelledby="rows-title" id="rows">
      <header>
        <h2 id="rows-title">Reporting rows</h2>
        <p>What reports and exports are made of: one row when the session starts, one for each ad and chapter, one when it closes.</p>
      </header>
      {rows.length === 0 && <p class="none">No row is written yet.</p>}
      <ol class="events" aria-label="Reporting rows">
        {rows.map((row) => (
          <RowLine key={String(row.xdm["_id"])} row={row} />
        ))}
      </ol>
    </section>
  );
}
