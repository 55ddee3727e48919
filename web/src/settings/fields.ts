/** The fields of a datastream: how each is shown, read from a form and sent. Pure. */
import type { Json } from "../api.ts";
import type { Change, DatastreamItem } from "./asked.ts";

export interface Field {
  /** Member of the datastream, as the API names it in its errors: `settings.idle_timeout_s`. */
  name: string;
  label: string;
  /** `lines`: one text a line; `check`: yes or no; `follow`: the server's, yes or no; `number`: empty follows the server's. */
  kind: "text" | "number" | "lines" | "check" | "follow";
  unit?: string;
  hint?: string;
  /** The server's setting it follows while it is empty. */
  follows?: string;
}

export interface Group {
  id: string;
  title: string;
  note: string;
  fields: Field[];
  /** Fields that few need. */
  more?: Field[];
}

const of = (name: string, label: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({ name, label, kind, ...more });
const read = (name: string, label: string, unit = "s"): Field => of(`settings.${name}`, label, "number", { unit, follows: `sessions.${name}` });
const days = (name: string, label: string): Field =>
  of(name, label, "number", { unit: "days", follows: `retention.${name.replace("Days", "_days")}`, hint: "1 or more." });

export const ID_FIELD = of("id", "ID", "text", {
  hint: "What players send as configId; it cannot be changed later. Letters, digits, '.', '_' and '-'. Empty: one is made.",
});

export const GROUPS: readonly Group[] = [
  {
    id: "name",
    title: "Name",
    note: "What people and players know it by.",
    fields: [
      of("name", "Name", "text", { hint: "For people." }),
      of("orgId", "Organisation ID", "text", { hint: "The one its players are configured with, as in ACME@AdobeOrg; it names their identity cookies." }),
    ],
  },
  {
    id: "taken",
    title: "What is taken",
    note: "Followed by the collectors within about a second.",
    fields: [
      of("media", "Count media events", "check", { hint: "Off: they are refused with EXEG-0004-422." }),
      of("allowedOrigins", "Allowed origins", "lines", { hint: "Web pages that may send, one a line, as in https://www.example.com. Empty: every page may." }),
    ],
  },
  {
    id: "read",
    title: "How sessions are read",
    note: "Of sessions that begin from now on. Empty fields follow the server's settings.",
    fields: [
      read("idle_timeout_s", "Idle timeout"),
      read("playhead_timeout_s", "Playhead timeout"),
      read("complete_linger_s", "Linger after complete"),
      read("max_session_s", "Longest session"),
      of("settings.federated", "Federated data", "follow", { follows: "sessions.federated" }),
    ],
    more: [
      read("reorder_window_s", "Reorder window"),
      read("reorder_window_events", "Reorder window, events", "events"),
      read("interval_cap_s", "Longest credited interval"),
      read("stall_min_gap_s", "Shortest gap of a stall"),
      read("playhead_jitter_s", "Playhead jitter"),
      read("max_playback_rate", "Fastest playback", "×"),
      read("max_states", "Player states counted", "states"),
      of("settings.person_namespace", "Namespace of persons", "text", { follows: "sessions.person_namespace" }),
    ],
  },
  {
    id: "kept",
    title: "How long it is kept",
    note: "Counted from the arrival of a session's start. What is older is removed for good within the hour.",
    fields: [days("eventsDays", "Raw events"), days("rowsDays", "Reporting rows"), days("sessionsDays", "Session records")],
  },
  {
    id: "people",
    title: "What is recorded of people",
    note: "Network facts are kept with the start of a session only.",
    fields: [
      of("keepIp", "Keep network addresses", "check"),
      of("keepUserAgent", "Keep user agents", "check"),
      of("fpidCookie", "First-party ID cookie", "text", { hint: "Its name." }),
      of("sameSiteNone", "Identity cookies with SameSite=None", "check", { hint: "Needed where the player's page is of another site than the collector." }),
    ],
  },
];

export const FIELDS: readonly Field[] = GROUPS.flatMap(({ fields, more }) => [...fields, ...(more ?? [])]);

/** What stands in the form. */
export type Draft = Record<string, string | boolean>;

function valueAt(datastream: DatastreamItem, name: string): Json {
  const [member = "", setting] = name.split(".");
  if (setting !== undefined) return datastream.settings[setting] ?? null;
  return (datastream as unknown as Record<string, Json>)[member] ?? null;
}

function shownValue({ kind, name }: Field, datastream: DatastreamItem): string | boolean {
  const value = valueAt(datastream, name);
  if (kind === "check") return value === true;
  if (kind === "lines") return (value as string[]).join("\n");
  return value === null ? "" : String(value);
}

export const draftOf = (datastream: DatastreamItem): Draft => Object.fromEntries(FIELDS.map((field) => [field.name, shownValue(field, datastream)]));

export const NEW: DatastreamItem = {
  id: "", name: "", enabled: true, orgId: "", media: true, allowedOrigins: [], settings: {}, fpidCookie: "FPID", sameSiteNone: false, keepIp: false,
  keepUserAgent: true, eventsDays: null, rowsDays: null, sessionsDays: null, createdAt: "",
};

export interface Reason {
  path: string;
  reason: string;
}

/** What a form holds as the API takes it; null: the server's. */
function sentValue(kind: Field["kind"], value: string | boolean): Json {
  if (typeof value === "boolean") return value;
  if (kind === "lines") return value.split("\n").map((line) => line.trim()).filter(Boolean);
  const text = value.trim();
  if (kind === "follow") return text === "" ? null : text === "true";
  if (kind === "number") return text === "" ? null : Number(text);
  return text;
}

/** What was changed, to be sent; or what cannot be sent. Only what was changed is named, so that others' changes stay. */
export function changeOf(before: Draft, draft: Draft): { change: Change; wrong: Reason[] } {
  const change: Change = {};
  const settings: Change = {};
  const wrong: Reason[] = [];
  for (const { name, kind } of [ID_FIELD, ...FIELDS]) {
    const value = draft[name];
    if (value === undefined || value === before[name]) continue;
    const sent = sentValue(kind, value);
    if (typeof sent === "number" && !Number.isFinite(sent)) wrong.push({ path: name, reason: "must be a number" });
    else if (name.startsWith("settings.")) settings[name.slice(9)] = sent === "" ? null : sent;
    else change[name] = sent;
  }
  if (Object.keys(settings).length) change.settings = settings;
  return { change, wrong };
}

/** What a change does that a person should mean: reasons to ask once more. */
export function losses(change: Change, before: DatastreamItem, serverDays: (name: string) => number | null): string[] {
  const found: string[] = [];
  if (change.media === false && before.media) found.push("Media events sent to it are refused, within about a second.");
  for (const [name, what] of [["eventsDays", "Raw events"], ["rowsDays", "Reporting rows"], ["sessionsDays", "Session records"]] as const) {
    if (!(name in change)) continue;
    const now = before[name] ?? serverDays(name) ?? Infinity;
    const then = (change[name] as number | null) ?? serverDays(name) ?? Infinity;
    if (then >= 1 && then < now) found.push(`${what} older than ${then} ${then === 1 ? "day" : "days"} are removed for good, within the hour.`);
  }
  return found;
}
