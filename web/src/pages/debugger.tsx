/** Requests as they arrive, with what became of them: for who instruments a player, and asks why an event is not taken. */
import { useEffect, useRef, useState } from "preact/hooks";
import { getDatastreams } from "../api.ts";
import { useAnswer } from "../ask.ts";
import { Balance } from "../debugger/balance.tsx";
import { Detail } from "../debugger/detail.tsx";
import { Filters, questionOfAddress } from "../debugger/filters.tsx";
import { Requests, rowId } from "../debugger/list.tsx";
import { clearHeld, held, HELD_MAX, type Item, listening, useListening } from "../debugger/told.ts";
import { number } from "../format.ts";
import { place } from "../place.ts";
import { Skeleton } from "../parts/basics.tsx";
import { collectorUrl, Command, startCommand } from "../parts/first.tsx";
import { PageHeading } from "../parts/reports.tsx";
import { query, sessionPath, setQuery } from "../router.ts";
import { linkTo } from "../view.ts";
import "../styles/debugger.css";

/** Lines drawn while the list follows: nobody sees more of it before scrolling, which holds it, and hundreds drawn anew several times a second are slow. */
const FOLLOWED = 50;

/** The one that is open; it stays so when the list has gone on. */
let opened: Item | null = null;

function openedItem(items: readonly Item[]): Item | null {
  const key = query.value.get("request");
  if (opened?.key !== key) opened = items.find((item) => item.key === key && item.request) ?? null;
  return opened;
}

function choose(item: Item): void {
  opened = item;
  setQuery({ request: item.key }, { back: !query.value.get("request") });
}

/** What is shown while the list is held: what was there before; newcomers wait. */
function useHeld(all: readonly Item[], hold: boolean): { items: readonly Item[]; waiting: number } {
  const kept = useRef(all);
  if (!hold || all.length === 0 || kept.current.length === 0) kept.current = all;
  const newest = kept.current[0]?.n ?? 0;
  const waiting = all.findIndex((item) => item.n <= newest);
  return { items: kept.current, waiting: all.length === 0 ? 0 : waiting < 0 ? all.length : waiting };
}

/** Whether a person is looking into the list, so that its lines must keep their places. */
function useBusy() {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const onScroll = () => {
      const list = box.current;
      setScrolled(list !== null && (list.scrollTop > 4 || list.getBoundingClientRect().top < -40));
    };
    addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => removeEventListener("scroll", onScroll, { capture: true });
  }, []);
  const handlers = {
    onPointerEnter: (event: PointerEvent) => event.pointerType === "mouse" && setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocusIn: () => setFocused(true),
    onFocusOut: (event: FocusEvent) => setFocused((event.currentTarget as Element).contains(event.relatedTarget as Node | null)),
  };
  const release = () => {
    setPointed(false);
    box.current?.scrollTo(0, 0);
    if ((box.current?.getBoundingClientRect().top ?? 0) < 0) scrollTo(0, 0);
  };
  return { busy: pointed || focused || scrolled, box, handlers, release };
}

const BAD_BODY = [
  '  "events": [{"xdm": {"eventType": "media.sessionStart", "mediaCollection": {"playhead": -1,',
  '    "sessionDetails": {"name": "first-video", "channel": "test", "contentType": "vod", "length": "a minute"}}}}]}\'',
];

/** `onShown`: they are there, and move what comes below no more. */
function FirstRequests({ onShown }: { onShown: () => void }) {
  const { answer, error } = useAnswer("datastreams", (signal) => getDatastreams(signal));
  useEffect(() => {
    if (answer || error) onShown();
  }, [answer, error]);
  const id = answer?.items.find((one) => one.enabled)?.id;
  if (!answer && !error) return <Skeleton lines={6} label="Loading the first steps" />;
  return (
    <div class="empty-state">
      <h2>No request yet</h2>
      <p>
        Point a player at <code class="mono">{collectorUrl()}</code>: each request it sends stands here within a second, with what is wrong with it.
      </p>
      {id ? (
        <>
          <p class="muted">Or paste this into a terminal. It starts a session:</p>
          <Command text={startCommand(id)} label="Copy the command that starts a session" />
          <p class="muted">And this is refused, with three fields to correct:</p>
          <Command text={[...startCommand(id).split("\n").slice(0, 2), ...BAD_BODY].join("\n")} label="Copy the command that is refused" />
          <p class="muted">
            Nothing comes? Requests to another address, or to a path that does not exist, are answered 404 and not kept; a page's requests are stopped by its
            browser where the datastream does not allow its origin.
          </p>
        </>
      ) : (
        <p>
          {error ? error.message : <>There is no datastream to send it to: <a href="/settings/new">make one</a>.</>}
        </p>
      )}
    </div>
  );
}

function NothingFits({ refused }: { refused: boolean }) {
  return (
    <div class="empty-state">
      <h2>{refused ? "Nothing was refused" : "No request fits yet"}</h2>
      <p>
        Requests from now on are looked at. <a href={linkTo("/debugger")}>Show every request</a>
      </p>
    </div>
  );
}

function lineWords(paused: boolean, waiting: number): string {
  if (listening.value === false) return "The line is down. Trying again.";
  if (listening.value === null) return "Connecting";
  if (paused) return "Paused";
  return waiting ? "Holding while you read" : "Listening";
}

export default function Debugger() {
  const question = questionOfAddress();
  useListening(question);
  const { busy, box, handlers, release } = useBusy();
  const [paused, setPaused] = useState(false);
  const [first, setFirst] = useState(false);
  const pause = useRef<HTMLButtonElement>(null);
  const { items, waiting } = useHeld(held.value, paused || busy);
  const shown = question.refused ? items.filter((item) => !item.request || item.request.result !== "accepted") : items;
  const requests = shown.filter((item) => item.request);
  const refusedCount = requests.filter((item) => item.request?.result !== "accepted").length;
  const open = openedItem(held.value);
  const filtered = Boolean(question.datastream || question.session || question.identity || question.refused);

  const close = () => {
    const key = open?.key ?? "";
    setQuery({ request: "" });
    requestAnimationFrame(() => document.getElementById(rowId(key))?.focus());
  };
  /** Pressing the button must not take the focus out of the list by itself: what waits would be shown, and the button gone, before the click. */
  const follow = () => {
    setPaused(false);
    release();
    pause.current?.focus();
  };
  return (
    <div class="page debugger">
      <PageHeading title="Debugger" note="Every request to the collector as it arrives, and what became of it." />
      <Filters question={question} />
      <div class="debugger-bar">
        <p class={`debugger-line ${listening.value === false ? "off" : paused ? "paused" : ""}`} role="status">
          {lineWords(paused, waiting)}
        </p>
        <p class="muted number">
          {number(requests.length)} {requests.length === 1 ? "request" : "requests"}, {number(refusedCount)} refused
          {requests.length >= HELD_MAX ? "; older ones are let go" : ""}
        </p>
        {question.session && <a href={linkTo(sessionPath(question.session))}>Open this session</a>}
        <span class="debugger-buttons">
          <button type="button" class="newcomer" hidden={waiting === 0} onMouseDown={(event) => event.preventDefault()} onClick={follow}>
            Show {waiting} new
          </button>
          <button type="button" class="quiet" ref={pause} onClick={() => setPaused(!paused)}>
            {paused ? "Resume" : "Pause"}
          </button>
          <button type="button" class="quiet" disabled={shown.length === 0} onClick={clearHeld}>
            Clear
          </button>
        </span>
      </div>
      <div class={open ? "debugger-cols opened" : "debugger-cols"}>
        <div class="debugger-list" ref={box} {...handlers}>
          {shown.length > 0 ? (
            <Requests items={paused || busy ? shown : shown.slice(0, FOLLOWED)} opened={open?.key ?? ""} onOpen={choose} />
          ) : filtered ? (
            <NothingFits refused={question.refused} />
          ) : (
            <FirstRequests key={place.value?.collectorUrl} onShown={() => setFirst(place.value !== null)} />
          )}
        </div>
        {open?.request && <Detail key={open.key} request={open.request} onClose={close} />}
      </div>
      {(first || shown.length > 0 || filtered) && <Balance />}
    </div>
  );
}
