/**
 * The pages of the console, one line each, in the order of the navigation; a page is listed here once it is done.
 *
 * A page takes its own address and what is below it: `rest` holds the parts after its path, decoded. `load` is called when the page is
 * first shown, so that its code is not part of the first paint.
 */
import type { ComponentType } from "preact";

export interface PageProps {
  rest: string[];
}

export interface PageEntry {
  path: string;
  name: string;
  load: () => Promise<{ default: ComponentType<PageProps> }>;
}

export const PAGES: readonly PageEntry[] = [
  { path: "/live", name: "Live", load: () => import("./pages/live.tsx") },
  { path: "/overview", name: "Overview", load: () => import("./pages/overview.tsx") },
  { path: "/content", name: "Content", load: () => import("./pages/content.tsx") },
  { path: "/ads", name: "Ads", load: () => import("./pages/ads.tsx") },
  { path: "/quality", name: "Quality", load: () => import("./pages/quality.tsx") },
  { path: "/sessions", name: "Sessions", load: () => import("./pages/sessions.tsx") },
  { path: "/explore", name: "Explore", load: () => import("./pages/explore.tsx") },
  { path: "/debugger", name: "Debugger", load: () => import("./pages/debugger.tsx") },
  { path: "/settings", name: "Settings", load: () => import("./pages/settings.tsx") },
];

/** What `/` shows. */
const FRONT = "/overview";

export interface Place {
  page: PageEntry;
  rest: string[];
}

/** The page an address shows; null: none does. */
export function placeOf(pathname: string): Place | null {
  const path = pathname.replace(/\/+$/, "");
  const page = PAGES.find((one) => (path === "" ? one.path === FRONT : path === one.path || path.startsWith(`${one.path}/`)));
  if (!page) return null;
  try {
    return { page, rest: path.slice(page.path.length + 1).split("/").filter(Boolean).map(decodeURIComponent) };
  } catch {
    return null;
  }
}
