/** Light or dark: the system's choice until a person makes one, which is kept (public/theme.js sets it before the first paint). */
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const KEY = "playhead-theme";

const stored = localStorage.getItem(KEY);
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, chosen);
    document.documentElement.dataset.theme = chosen;
  }
}
