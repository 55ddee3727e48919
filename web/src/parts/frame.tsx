/** What surrounds every page: name, ways, the state of the line to the server, the theme. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { connected } from "../live.ts";
import { PAGES } from "../pages.ts";
import { place } from "../place.ts";
import { setTheme, type Theme, theme } from "../theme.ts";
import { linkTo } from "../view.ts";

const THEMES: [Theme, string][] = [["system", "Auto"], ["light", "Light"], ["dark", "Dark"]];

function ThemeChoice() {
  return (
    <fieldset class="segments" aria-label="Theme">
      {THEMES.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name="theme" checked={theme.value === value} onChange={() => setTheme(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Line() {
  const state = connected.value;
  if (state === null) return <span class="line" />;
  return (
    <span class={state ? "line on" : "line off"} role="status">
      {state ? "Online" : "Reconnecting"}
    </span>
  );
}

/** `here` is the path of the page shown. */
export function Frame({ here, children }: { here: string; children: ComponentChildren }) {
  const ways = useRef<HTMLElement>(null);
  useEffect(() => {
    const nav = ways.current;
    const current = nav?.querySelector<HTMLElement>("[aria-current]");
    // On a narrow page the ways are wider than it.
    if (nav && current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  }, [here]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true" width="22" height="22">
            <rect width="32" height="32" rx="7" />
            <path d="M9 8h14l-5.6 6.4V25h-2.8V14.4z" />
          </svg>
          Playhead
        </a>
        <nav aria-label="Main" ref={ways}>
          {PAGES.map(({ path, name }) => (
            <a key={path} href={linkTo(path)} aria-current={here === path ? "page" : undefined}>
              {name}
            </a>
          ))}
          {place.value?.demo && (
            <a href="/demo" aria-current={here === "/demo" ? "page" : undefined}>
              Demo
            </a>
          )}
          <a href="/api/v1/docs">API</a>
        </nav>
        <Line />
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="bottom">
        Playhead is an independent project and is not affiliated with Adobe. <a href="/THIRD_PARTY_NOTICES.txt">Notices</a>
      </footer>
    </>
  );
}
