import assert from "node:assert/strict";
import { test } from "node:test";
import { betweenWords, lossesOf, placeWords, whenWords } from "./losses.ts";

/** Sessions by second: pairs of how long and how many. */
const curve = (...parts: [number, number][]) => ({ step: 1, sessions: parts.flatMap(([long, many]) => Array<number>(long).fill(many)) });

test("the steepest stretches come first and are cut to where their loss is", () => {
  const found = lossesOf(curve([100, 100], [200, 90], [300, 40], [200, 20]), 100);
  assert.deepEqual(
    [
      { from: 299, until: 300, before: 90, after: 40 },
      { from: 599, until: 600, before: 40, after: 20 },
      { from: 99, until: 100, before: 100, after: 90 },
    ],
    found,
  );
});

test("a slow loss is cut to the shortest part that has four fifths of it", () => {
  const sessions = Array.from({ length: 400 }, (_, n) => (n < 100 ? 80 : n < 120 ? 80 - 2 * (n - 100) : 40));
  assert.deepEqual([{ from: 100, until: 116, before: 80, after: 48 }], lossesOf({ step: 1, sessions }, 80));
});

test("one who leaves is no loss, nor is a fiftieth of many", () => {
  assert.deepEqual([], lossesOf(curve([100, 10], [100, 9]), 10));
  assert.deepEqual([], lossesOf(curve([100, 1000], [100, 985]), 1000));
  assert.deepEqual([], lossesOf(curve(), 10));
});

test("of minutes the places are seconds", () => {
  assert.deepEqual([{ from: 60, until: 120, before: 50, after: 20 }], lossesOf({ step: 60, sessions: [50, 50, 20, 20, 19] }, 50));
});

test("a loss is named after the break at it and the chapter it is in", () => {
  const breaks = [{ second: 300, name: "Mid 1" }, { second: 303, name: "Odd" }, { second: 600, name: "" }];
  const chapters = [{ second: 0, length: 400, name: "Act 1" }];
  assert.equal("at the ad break Mid 1, in the chapter Act 1", placeWords({ from: 299, until: 301 }, 1000, breaks, chapters));
  assert.equal("at the ad break 10:00", placeWords({ from: 590, until: 598 }, 1000, breaks, chapters));
  assert.equal("", placeWords({ from: 396, until: 404 }, 1000, [], chapters));
  assert.equal("right after the start, in the chapter Act 1", placeWords({ from: 0, until: 20 }, 1000, breaks, chapters));
  assert.equal("just before the end", placeWords({ from: 940, until: 960 }, 1000, breaks, chapters));
  assert.equal("", placeWords({ from: 700, until: 720 }, 1000, breaks, chapters));
  assert.equal("11:40 – 12:00", betweenWords({ from: 700, until: 720 }));
  assert.equal("between 11:40 and 12:00", whenWords({ from: 700, until: 720 }));
  assert.equal("at 11:41", whenWords({ from: 700, until: 701 }));
});
