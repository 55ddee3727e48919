/** The Web SDK: loaded as published, configured for streaming media, and every call it makes noted for the page to show. */
import { signal } from "@preact/signals";
import type { DemoTarget } from "../api.ts";
import { routeToCollector } from "./route.ts";

export interface Call {
  path: string;
  status: number | null;
}

/** Requests to the collector, newest first. */
export const calls = signal<Call[]>([]);

type Alloy = (command: string, options: object) => Promise<{ sessionId?: string }>;
interface AlloyBase extends Alloy {
  q?: unknown[];
}
declare global {
  interface Window {
    alloy: AlloyBase;
    __alloyNS: string[];
  }
}

export const PLAYER_ID = "demo-player";

/** Note what passes through `fetch` to the collector, for the list on the page. */
function noteCalls(collectorUrl: string): void {
  const inner = window.fetch;
  window.fetch = async (address, options) => {
    if (!String(address).startsWith(collectorUrl)) return inner(address, options);
    const call: Call = { path: new URL(String(address)).pathname, status: null };
    calls.value = [call, ...calls.value].slice(0, 100);
    const answer = await inner(address, options);
    calls.value = calls.value.map((one) => (one === call ? { ...call, status: answer.status } : one));
    return answer;
  };
}

export async function startSdk(config: DemoTarget): Promise<void> {
  noteCalls(config.collectorUrl);
  routeToCollector(config.collectorUrl); // before the SDK takes hold of fetch
  window.__alloyNS = ["alloy"];
  const waiting: unknown[] = [];
  window.alloy = Object.assign(
    (...args: unknown[]) => new Promise<{ sessionId?: string }>((resolve, reject) => waiting.push([resolve, reject, args])),
    { q: waiting },
  );
  await new Promise((loaded, failed) => {
    const script = Object.assign(document.createElement("script"), { src: ALLOY_SRC, onload: loaded, onerror: failed });
    document.head.append(script);
  });
  await window.alloy("configure", {
    datastreamId: config.datastreamId,
    orgId: config.orgId,
    edgeDomain: "playhead.invalid",
    thirdPartyCookiesEnabled: false,
    clickCollectionEnabled: false,
    context: ["web", "device", "environment", "placeContext"],
    streamingMedia: { channel: "demo", playerName: "demo-player", appVersion: "1.0", mainPingInterval: 10, adPingInterval: 1 },
  });
}
