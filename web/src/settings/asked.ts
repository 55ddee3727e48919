/** What the settings page asks for and changes (docs/reference/api.md, Datastreams and The server's settings). */
import { type Datastream, get, type Json, patch, post } from "../api.ts";

export interface DatastreamItem extends Datastream {
  orgId: string;
  media: boolean;
  allowedOrigins: string[];
  /** Its own; of what is not named here it follows the server's. */
  settings: Record<string, Json>;
  fpidCookie: string;
  sameSiteNone: boolean;
  keepIp: boolean;
  keepUserAgent: boolean;
  eventsDays: number | null;
  rowsDays: number | null;
  sessionsDays: number | null;
  createdAt: string;
}

export interface SettingItem {
  key: string;
  value: Json;
  default: Json;
  source: "option" | "environment" | "file" | "default";
  place: string;
  variable: string;
  meaning: string;
}

export interface ServerSettings {
  items: SettingItem[];
  version: string;
  tokenRequired: boolean;
  disk: { journals: Record<string, number>; store: number | null };
  removed: Record<string, number>;
}

export type Change = { [member: string]: Json };

export const getServerSettings = (signal?: AbortSignal) => get<ServerSettings>("/settings", signal);
export const getAllDatastreams = (signal?: AbortSignal) => get<{ items: DatastreamItem[] }>("/datastreams", signal);
export const createDatastream = (change: Change) => post<DatastreamItem>("/datastreams", change);
export const changeDatastream = (id: string, change: Change) => patch<DatastreamItem>(`/datastreams/${encodeURIComponent(id)}`, change);

export interface KeptNow {
  id: string;
  sessions: number;
  /** Arrival of the oldest start, Unix ms. */
  oldest: number;
}

const KEPT = `select list({id: datastream_id, sessions: n, oldest: oldest}) as streams
  from (select datastream_id, count(*) as n, min(started_received_ms) as oldest from sessions group by all)`;

/** What the store holds now, by datastream. One row is one line, so that the answer is JSON. */
export async function getKept(signal?: AbortSignal): Promise<KeptNow[]> {
  return (await post<{ streams: KeptNow[] | null }>("/query", { sql: KEPT, format: "jsonl" }, signal)).streams ?? [];
}

/** Everything the page shows, of one instant. */
export async function getEverything(signal?: AbortSignal): Promise<{ server: ServerSettings; datastreams: DatastreamItem[] }> {
  const [server, { items }] = await Promise.all([getServerSettings(signal), getAllDatastreams(signal)]);
  return { server, datastreams: items };
}

export const valueOf = (server: ServerSettings, key: string): Json => server.items.find((item) => item.key === key)?.value ?? null;
