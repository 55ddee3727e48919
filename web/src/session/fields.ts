/** Which numbers a session shows, in which group, with which unit, and what each means in a sentence (metrics.md 2). */
import type { Details, Session } from "../api.ts";

export type Unit = "s" | "kbps" | "fps" | "" | "yes/no" | "minutes" | "list" | "share";

export interface Field {
  path: string;
  label: string;
  unit: Unit;
  means: string;
  /** Has a meaning only once the session is over. */
  onceClosed?: true;
}

export interface Group {
  id: string;
  title: string;
  fields: Field[];
}

const field = (path: string, label: string, unit: Unit, means: string): Field => ({ path, label, unit, means });

export const AUDIENCE: Group = {
  id: "audience",
  title: "Audience",
  fields: [
    field("sessionDetails.timePlayed", "Time played", "s", "Wall clock with the content playing. Ads, pauses, buffering and stalls are not in it."),
    field("sessionDetails.totalTimePlayed", "Total time played", "s", "Content and ads together."),
    field("sessionDetails.uniqueTimePlayed", "Unique time played", "s", "Seconds of the content seen at least once. A replay counts once, a skipped part not at all."),
    field("sessionDetails.averageMinuteAudience", "Average minute audience", "share", "Time played divided by the length of the content."),
    field("sessionDetails.estimatedStreams", "Estimated streams", "", "One for every 30 minutes begun."),
    field("sessionDetails.isPlayed", "Content started", "yes/no", "The content itself played, if only for a moment."),
    field("sessionDetails.isCompleted", "Content completed", "yes/no", "The player said that the end was reached."),
    field("sessionDetails.pauseCount", "Pauses", "", "Times the player went into pause, in content or ads."),
    field("sessionDetails.pauseTime", "Pause time", "s", "Wall clock in pause."),
    field("sessionDetails.adCount", "Ads started", "", "Ads that began inside an ad break."),
    field("sessionDetails.chapterCount", "Chapters started", "", "Chapters begun; one that is begun again counts again."),
    field("sessionDetails.segment", "Segment viewed", "minutes", "From the first to the last minute of the content seen."),
    { ...field("sessionDetails.secondsSinceLastCall", "Silence before the close", "s", "From the last event to the close."), onceClosed: true },
  ],
};

export const QUALITY: Group = {
  id: "quality",
  title: "Quality of experience",
  fields: [
    field("qoeDataDetails.timeToStart", "Time to start", "s", "From the viewer's wish to the first picture, as the player measured it."),
    field("qoeDataDetails.isDroppedBeforeStart", "Dropped before start", "yes/no", "The viewer left before the content played."),
    field("qoeDataDetails.bufferCount", "Bufferings", "", "Times the player had to wait for data."),
    field("qoeDataDetails.bufferTime", "Buffering time", "s", "Wall clock spent waiting for data."),
    field("qoeDataDetails.stallCount", "Stalls", "", "Times the playhead stood still although the player said it played."),
    field("qoeDataDetails.stallTime", "Stall time", "s", "Wall clock in stalls."),
    field("qoeDataDetails.bitrateAverage", "Average bitrate", "kbps", "Weighted by the time each bitrate played."),
    field("qoeDataDetails.bitrateChangeCount", "Bitrate changes", "", "Changes the player reported."),
    field("qoeDataDetails.framesPerSecond", "Frames per second", "fps", "The last value reported."),
    field("qoeDataDetails.droppedFrames", "Dropped frames", "", "The player's running total, last value."),
    field("qoeDataDetails.errorCount", "Errors", "", "Errors the player reported; the session goes on."),
    field("qoeDataDetails.playerSdkErrors", "Player errors", "list", "Distinct names, first seen first."),
    field("qoeDataDetails.externalErrors", "External errors", "list", "Errors from elsewhere, such as a network of servers."),
  ],
};

/** Absent means 0, false or unknown (metrics.md 2): what to show instead of it. */
export function valueOf(session: Session, path: string): Details[string] | undefined {
  const [part, name] = path.split(".") as [keyof Session["mediaReporting"], string];
  return (session.mediaReporting[part] as Details | undefined)?.[name];
}

export const text = (details: Details, name: string): string => {
  const value = details[name];
  return value === undefined || value === null ? "" : String(value);
};

export const numberOf = (details: Details, name: string): number => {
  const value = Number(details[name] ?? 0);
  return Number.isFinite(value) ? value : 0;
};

/** Why the session is over, as a sentence. */
export const CAUSES: Record<string, string> = {
  end: "ended by the player",
  idle: "closed: no event came for too long",
  stuck: "closed: the playhead stood still for too long",
  complete: "closed a minute after the content was complete",
  age: "closed 24 hours after its start",
  downloaded: "played offline and sent afterwards",
};

/** Why a delivery changed nothing. Unknown codes are shown as they are. */
export const reasonWords = (reason: string): string => reason.replaceAll("_", " ");
