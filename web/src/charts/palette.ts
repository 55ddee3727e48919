/** The colours of charts, as the style sheet has them (`--chart-…`), and what else tells series apart. */
import { useEffect, useState } from "preact/hooks";
import { theme } from "../theme.ts";

export interface Palette {
  ink: string;
  quiet: string;
  rule: string;
  surface: string;
  /** Of series, in order. */
  series: string[];
  font: string;
  named: (variable: string) => string;
}

export const SERIES_COLOURS = 6;
/** Dashes of the lines of series, in order, so that they can be told apart without colour; px. */
export const DASHES: (number[] | "solid")[] = ["solid", [9, 4], [2, 3], [12, 4, 2, 4], [5, 3], [2, 6]];
/** Of the period before. */
export const BEFORE_DASH = [4, 4];

/** Colours as the browser computes them: a canvas does not know variables. */
function paletteOf(element: HTMLElement): Palette {
  const probe = element.appendChild(document.createElement("span"));
  const named = (variable: string) => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    ink: named("--ink"),
    quiet: named("--quiet"),
    rule: named("--rule"),
    surface: named("--surface"),
    series: Array.from({ length: SERIES_COLOURS }, (_, n) => named(`--chart-${n + 1}`)),
    font: getComputedStyle(element).fontFamily,
    named: (variable) => {
      const again = element.appendChild(document.createElement("span"));
      again.style.color = `var(${variable})`;
      const colour = getComputedStyle(again).color;
      again.remove();
      return colour;
    },
  };
  probe.remove();
  return palette;
}

/** The palette of where an element is; another one when the theme changes. */
export function usePalette(element: HTMLElement | null): Palette | null {
  const [, setCount] = useState(0);
  const chosen = theme.value;
  useEffect(() => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const again = () => setCount((n) => n + 1);
    scheme.addEventListener("change", again);
    void document.fonts.ready.then(again); // texts are measured anew
    return () => scheme.removeEventListener("change", again);
  }, []);
  const [held, setHeld] = useState<{ key: string; palette: Palette } | null>(null);
  const key = element ? `${chosen} ${getComputedStyle(element).color} ${document.fonts.status}` : "";
  useEffect(() => {
    if (element && held?.key !== key) setHeld({ key, palette: paletteOf(element) });
  });
  return held?.palette ?? null;
}
