import assert from "node:assert/strict";
import { test } from "node:test";
import { bitrateBins, startBins } from "./bins.ts";

const counted = (value: number, sessions: number, before: number | null = null) => ({ value, sessions, before });

test("times to start have a bar each second at first, wider ones later, none after the last that has any", () => {
  const bins = startBins([counted(0, 3), counted(1, 5), counted(9, 1), counted(12, 2), counted(14, 4)]);
  const names = ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s", "9 s", "10–14 s"];
  assert.deepEqual(names, bins.map(({ name }) => name));
  assert.deepEqual([3, 5, 0, 0, 0, 0, 0, 0, 0, 1, 6], bins.map(({ sessions }) => sessions));
  assert.deepEqual({ name: "60 s or more", sessions: 7, before: null }, startBins([counted(60, 4), counted(3600, 3)]).at(-1));
  assert.deepEqual(["5 s", 6], [startBins([]).at(-1)?.name, startBins([]).length]);
});

test("what was before is counted in the same bars", () => {
  const [first, second] = startBins([counted(0, 3, 4), counted(1, 0, 2)]);
  assert.deepEqual([4, 2], [first?.before, second?.before]);
});

test("bitrates fall into at most twelve bars, as wide as each other", () => {
  const narrow = bitrateBins([counted(1400, 2), counted(1600, 1)]);
  assert.deepEqual(["1400–1499", "1500–1599", "1600–1699"], narrow.map(({ name }) => name));
  assert.deepEqual([2, 0, 1], narrow.map(({ sessions }) => sessions));
  const wide = bitrateBins([counted(400, 1), counted(1400, 2), counted(1700, 3), counted(5600, 1)]);
  assert.deepEqual(["0–499", 1, "1500–1999", 3, "5500–5999"], [wide[0]?.name, wide[0]?.sessions, wide[3]?.name, wide[3]?.sessions, wide.at(-1)?.name]);
  assert.deepEqual([], bitrateBins([]));
});
