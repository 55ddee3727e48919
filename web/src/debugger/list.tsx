/** The requests, newest first. One stop for Tab; the arrow keys go through it, Enter opens one. */
import { shortId } from "../format.ts";
import { sessionPath } from "../router.ts";
import { linkTo, zone } from "../view.ts";
import { wallAt } from "../zones.ts";
import type { Item, ToldRequest } from "./told.ts";
import { eventWords, resultOf, whyOf } from "./words.ts";

export const rowId = (key: string): string => `request-${key}`;

/** "14:03:09.120" in the chosen zone. */
export const timeOf = (received: string): string => new Date(wallAt(Date.parse(received), zone.value)).toISOString().slice(11, 23);

export function Result({ request }: { request: ToldRequest }) {
  const { kind, words } = resultOf(request);
  return <span class={`told told-${kind}`}>{words}</span>;
}

const UNKNOWN = ["session_unknown", "va-edge-0404-404"];

/** The sessions of a request that can be opened: the server knows them, or at least did not say that it does not. */
export function sessionsOf({ events }: ToldRequest): string[] {
  const known = events.filter(({ session, reason }) => session && !UNKNOWN.includes(reason ?? ""));
  return [...new Set(known.map(({ session }) => session as string))];
}

function onKeyDown(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll<HTMLElement>("button")];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined || !buttons[to]) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
}

interface RowProps {
  item: Item & { request: ToldRequest };
  opened: boolean;
  first: boolean;
  onOpen: (item: Item) => void;
}

/* Its members stay the same while it does, so that it is drawn once however many come above it.
   The roles are spelled out because a narrow page lays the table out as blocks, which would take them away. */
function Row({ item, opened, first, onOpen }: RowProps) {
  const { key, request } = item;
  const [session] = sessionsOf(request);
  return (
    <tr role="row" class={opened ? "chosen" : ""}>
      <td role="cell" class="r-time number">
        {timeOf(request.received)}
      </td>
      <td role="cell" class="r-result">
        <Result request={request} />
      </td>
      <td role="cell" class="r-what">
        <button type="button" id={rowId(key)} tabIndex={first ? 0 : -1} aria-expanded={opened} aria-controls={opened ? "request-detail" : undefined} onClick={() => onOpen(item)}>
          {eventWords(request)}
        </button>
        <span class="sub">{request.route}</span>
      </td>
      <td role="cell" class="r-why">{whyOf(request)}</td>
      <td role="cell" class="r-session">
        {session ? (
          <a href={linkTo(sessionPath(session))} tabIndex={-1} class="mono" title={session}>
            {shortId(session)}
          </a>
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td role="cell" class="r-datastream">{request.datastream || <span class="muted">–</span>}</td>
    </tr>
  );
}

export function Requests({ items, opened, onOpen }: { items: readonly Item[]; opened: string; onOpen: (item: Item) => void }) {
  const stop = items.find((item) => item.request)?.key;
  return (
    <table class="requests" role="table" aria-label="Requests">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" class="r-time number">Time</th>
          <th role="columnheader" scope="col" class="r-result">Result</th>
          <th role="columnheader" scope="col" class="r-what">Events, route</th>
          <th role="columnheader" scope="col" class="r-why">Why</th>
          <th role="columnheader" scope="col" class="r-session">Session</th>
          <th role="columnheader" scope="col" class="r-datastream">Datastream</th>
        </tr>
      </thead>
      <tbody role="rowgroup" onKeyDown={onKeyDown}>
        {items.map((item) =>
          item.request ? (
            <Row key={item.key} item={item} opened={item.key === opened} first={item.key === stop} onOpen={onOpen} />
          ) : (
            <tr key={item.key} role="row" class="gap">
              <td role="cell" colSpan={6}>
                {item.gap}
              </td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}
