import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, axisOf, change, column, daysOf, dayTick, rangeWords, spoken, stretch, tick } from "./units.ts";

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

test("neighbours at an axis never read the same", () => {
  const audience = { id: "average-minute-audience", unit: "ratio" };
  assert.deepEqual(["0", "0.05", "0.1", "0.15", "0.025", "2", "12"], [0, 0.05, 0.1, 0.15000000000000002, 0.025, 2, 12].map((value) => tick(value, audience)));
});

test("axes of times end at whole hours, those of shares at all", () => {
  assert.deepEqual([{}, { max: 1, interval: 0.25 }, {}, {}], [[0.3, null], [0.2, 1], [0.2, 1.2], []].map((values) => axisOf(rate, values)));
  assert.deepEqual([{}, { interval: 30, max: 90 }, { interval: 3600, max: 14_400 }], [[20], [61, 90], [12_000]].map((values) => axisOf(seconds, values)));
  assert.deepEqual([["20 h", "100 h"], ["500 h", "2K h"]], [[350_000], [6_500_000]].map((values) => [axisOf(seconds, values).interval, axisOf(seconds, values).max].map((at) => tick(at as number, seconds))));
  assert.deepEqual({}, axisOf(starts, [12]));
});

test("days at an axis are evenly apart, whatever the months", () => {
  const [low, high] = [Date.UTC(2026, 0, 25), Date.UTC(2026, 3, 24)];
  assert.deepEqual(["25 Jan", "8 Feb", "22 Feb", "8 Mar", "22 Mar", "5 Apr", "19 Apr"], daysOf(low, high, 12).map(dayTick));
  assert.deepEqual([13, [], []], [daysOf(low, high, 13).length, daysOf(low, low + 7 * 86_400_000, 12), daysOf(low, Date.UTC(2036, 0, 1), 12)]);
  assert.deepEqual(["26 Jan", "27 Jan"], daysOf(low + 3_600_000, low + 9 * 86_400_000, 12).slice(0, 2).map(dayTick));
});

test("stretches and ranges are said as people say them", () => {
  const monday = Date.UTC(2026, 0, 5);
  assert.deepEqual(["Mon 5 Jan", "Mon 5 Jan, 00:00", "January 2026"], [stretch(monday, "day"), stretch(monday, "hour"), stretch(monday, "month")]);
  assert.equal("5 Jan 2026 – 11 Jan 2026", rangeWords("2026-01-05T00:00", "2026-01-12T00:00"));
  assert.equal("5 Jan 2026", rangeWords("2026-01-05T00:00", "2026-01-06T00:00"));
  assert.equal("5 Jan 2026, 00:00 – 10:30", rangeWords("2026-01-05T00:00", "2026-01-05T10:30"));
});
