/** What the player tells the SDK, and when. Calls go one after the other, so that each has its place in time. */
import { signal } from "@preact/signals";
import { PLAYER_ID } from "./sdk.ts";

export const CONTENT = { name: "playhead-demo-clip", friendlyName: "Playhead demo clip", length: 24, contentType: "vod", streamType: "video" };
export const CHAPTERS = [
  { friendlyName: "First half", index: 1, offset: 0, length: 12 },
  { friendlyName: "Second half", index: 2, offset: 12, length: 12 },
];
export const BREAK = { friendlyName: "Mid-roll", index: 1, offset: 8 };
export const ADS = [
  { name: "ad-slow-tea", friendlyName: "Slow Tea", advertiser: "Slow Tea Company", length: 5, podPosition: 0 },
  { name: "ad-night-trains", friendlyName: "Night Trains", advertiser: "Night Trains", length: 5, podPosition: 1 },
];

/** The id the collector gave; null while there is no session. */
export const sessionId = signal<string | null>(null);
export const failure = signal<string | null>(null);

let line: Promise<unknown> = Promise.resolve();
let running = false;

const inLine = (step: () => Promise<unknown>): void => {
  line = line.then(step).catch((error: Error) => {
    failure.value = error.message;
  });
};

interface Details {
  playhead: number;
  qoeDataDetails: { bitrate: number; droppedFrames: number; framesPerSecond: number; timeToStart: number };
}

/** Open a session unless one is open. */
export function startSession(getPlayerDetails: () => Details): void {
  if (running) return;
  running = true;
  failure.value = null;
  inLine(async () => {
    const { sessionId: id } = await window.alloy("createMediaSession", {
      playerId: PLAYER_ID,
      getPlayerDetails,
      xdm: { eventType: "media.sessionStart", mediaCollection: { sessionDetails: CONTENT } },
    });
    if (!id) throw new Error("The collector did not give a session. Its answer is in the list of requests.");
    sessionId.value = id;
  });
}

/** Say something about the open session; without one, nothing is said. */
export function say(action: string, members: object = {}): void {
  if (!running) return;
  if (action === "sessionComplete" || action === "sessionEnd") running = false;
  inLine(() => window.alloy("sendMediaEvent", { playerId: PLAYER_ID, xdm: { eventType: `media.${action}`, mediaCollection: members } }));
}

export const isTracking = (): boolean => running;
