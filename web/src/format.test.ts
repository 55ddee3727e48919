import assert from "node:assert/strict";
import { test } from "node:test";
import { age, clock, duration, number, shortened, shortId, stepOf } from "./format.ts";

test("a clock shows hours only when there are some", () => {
  assert.deepEqual(["0:00", "1:05", "1:01:01"], [clock(0.9), clock(65), clock(3661)]);
});

test("a duration names its two largest units", () => {
  assert.deepEqual(["0 s", "59 s", "1 min", "1 min 5 s", "2 h 1 min"], [0, 59, 60, 65, 7260].map(duration));
  assert.deepEqual(["999 h 59 min", "1,000 h", "3,896,183 h"], [3_599_999, 3_600_000, 14_026_260_240].map(duration));
});

test("an age is coarse", () => {
  assert.deepEqual(["now", "8 s", "3 min", "2 h", "5 d"], [900, 8000, 190_000, 7.5e6, 4.4e8].map(age));
});

test("an axis has no more steps than asked for", () => {
  for (const span of [1, 7, 59, 61, 3599, 50_000]) assert.ok(span / stepOf(span, 6) <= 6);
});

test("whole numbers have no decimals", () => {
  assert.deepEqual(["1,400", "0.48"], [number(1400), number(0.48)]);
});

test("a short id is left whole", () => {
  assert.deepEqual(["S1", "abcdefgh…wxyz"], [shortId("S1"), shortId("abcdefgh0123456789wxyz")]);
});

test("a long name keeps its beginning and its end", () => {
  assert.deepEqual(["Harbour…s S1E4", "Harbour Lights", "🎬🎬…🎬"], [shortened("Harbour Lights S1E4", 14), shortened("Harbour Lights", 14), shortened("🎬🎬🎬🎬🎬", 4)]);
});
