/** Instants in the time zone of the view, as a person reads them. ms. */
import { zone } from "./view.ts";

interface Formats {
  day: Intl.DateTimeFormat;
  time: Intl.DateTimeFormat;
}

const known = new Map<string, Formats>();

function formats(): Formats {
  const timeZone = zone.value;
  let made = known.get(timeZone);
  if (!made) {
    made = {
      day: new Intl.DateTimeFormat("en-GB", { timeZone, year: "numeric", month: "short", day: "numeric" }),
      time: new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    };
    known.set(timeZone, made);
  }
  return made;
}

export const dateAndTime = (ms: number): string => `${formats().day.format(ms)}, ${formats().time.format(ms)}`;
export const timeOfDay = (ms: number): string => formats().time.format(ms);
