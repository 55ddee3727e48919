import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, change, column, rangeWords, spoken, stretch, tick } from "./units.ts";

const seconds = { id: "media-time-spent", unit: "seconds" };
const rate = { id: "ad-completion-rate", unit: "ratio" };
const starts = { id: "media-starts", unit: "streams" };

test("a number on its own has its unit", () => {
  const read = [spoken(1234, starts), spoken(3900, seconds), spoken(1.374, seconds), spoken(0.877, rate), spoken(0.0123, rate), spoken(null, rate)];
  assert.deepEqual(["1,234", "1 h 5 min", "1.37 s", "87.7 %", "1.23 %", "–"], read);
  assert.deepEqual({ text: "2,340", unit: "kbps" }, alone(2340.2, { id: "average-bitrate", unit: "kbps" }));
  assert.equal("2.50", spoken(2.5, { id: "avg-ads-per-media-stream", unit: "ratio" }));
});

test("the numbers of a column line up", () => {
  const { unit, text } = column(seconds, [5, 65, 36_610]);
  assert.deepEqual(["h:min:s", "0:00:05", "0:01:05", "10:10:10"], [unit, ...[5, 65, 36_610].map(text)]);
  const much = column(seconds, [36_000, 1_368_595_123]);
  assert.deepEqual(["h", "10.0", "380,165.3"], [much.unit, much.text(36_000), much.text(1_368_595_123)]);
  assert.deepEqual(["s", "1.50"], [column(seconds, [1.5, 2]).unit, column(seconds, [1.5, 2]).text(1.5)]);
  assert.deepEqual(["50.0", "–"], [0.5, null].map(column(rate, [0.5, null]).text));
});

test("a change is relative, of shares in points, and not made of nothing", () => {
  assert.deepEqual(["+25.0 %", "−50.0 %", "±0.0 %", ""], [change(5, 4, starts), change(2, 4, starts), change(0, 0, starts), change(3, 0, starts)]);
  assert.deepEqual(["+10.0 points", "+0.04 points", ""], [change(0.6, 0.5, rate), change(0.0026, 0.0022, rate), change(0.6, null, rate)]);
});

test("axes are short", () => {
  assert.deepEqual(["1.2K", "40 min", "3 h", "25%"], [tick(1200, starts), tick(2400, seconds), tick(10_800, seconds), tick(0.25, rate)]);
});

test("stretches and ranges are said as people say them", () => {
  const monday = Date.UTC(2026, 0, 5);
  assert.deepEqual(["Mon 5 Jan", "Mon 5 Jan, 00:00", "January 2026"], [stretch(monday, "day"), stretch(monday, "hour"), stretch(monday, "month")]);
  assert.equal("5 Jan 2026 – 11 Jan 2026", rangeWords("2026-01-05T00:00", "2026-01-12T00:00"));
  assert.equal("5 Jan 2026", rangeWords("2026-01-05T00:00", "2026-01-06T00:00"));
  assert.equal("5 Jan 2026, 00:00 – 10:30", rangeWords("2026-01-05T00:00", "2026-01-05T10:30"));
});
