/** Tables as CSV (RFC 4180). Pure. */
import type { Cell } from "./ask.ts";

/** A text a spreadsheet would run as a formula gets an apostrophe before it: names come from whoever plays. */
const safe = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

function field(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = safe(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");

/** Hand a file to the browser. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.target = "_self"; // not a page of ours
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
