/** Where we are is the address and nothing else: each view can be linked to, and Back goes back. */
import { computed, signal } from "@preact/signals";
import { placeOf } from "./pages.ts";

export const here = signal(new URL(location.href));

export const place = computed(() => placeOf(here.value.pathname));

export const query = computed(() => here.value.searchParams);

export const sessionPath = (id: string): string => `/sessions/${encodeURIComponent(id)}`;

export function go(to: string): void {
  history.pushState(null, "", to);
  here.value = new URL(location.href);
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}

/** Change parameters of this page. An empty value removes one. With `back`, Back undoes it; else the history gets no new entry. */
export function setQuery(changes: Record<string, string>, { back = false } = {}): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (back) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  here.value = url;
}

/** Follow the links of our own pages without loading them anew. */
export function startRouting(): void {
  addEventListener("popstate", () => {
    here.value = new URL(location.href);
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.origin !== location.origin) return;
    if (!placeOf(link.pathname)) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.href);
  });
}
