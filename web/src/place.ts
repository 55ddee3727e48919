/** Where we are: what this server told its pages. Asked once. */
import { signal } from "@preact/signals";
import { getPagesConfig, type PagesConfig } from "./api.ts";

/** Null until it is known. */
export const place = signal<PagesConfig | null>(null);

export async function learnPlace(): Promise<PagesConfig> {
  place.value = await getPagesConfig();
  return place.value;
}
