import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, minutesOf, SECONDS_KEPT, type Series } from "./picture.ts";

const series = (from: string, viewers: number[]): Series => ({
  from: `2026-01-01T${from}.000Z`, viewers, starts: viewers.map((n) => n * 2), errors: viewers.map(() => 1),
});

test("what came is put behind what is held, and wins where both have a second", () => {
  assert.deepEqual(series("00:00:00", [1, 2, 3]), joined(null, series("00:00:00", [1, 2, 3])));
  assert.deepEqual(series("00:00:00", [1, 2, 3, 4]), joined(series("00:00:00", [1, 2]), series("00:00:02", [3, 4])));
  assert.deepEqual(series("00:00:00", [1, 7, 8]), joined(series("00:00:00", [1, 2]), series("00:00:01", [7, 8])));
  assert.deepEqual(series("00:00:00", [1]), joined(series("00:00:00", [1]), series("00:00:01", [])));
});

test("seconds that nobody told are not made up", () => {
  assert.deepEqual(series("00:09:00", [4]), joined(series("00:00:00", [1, 2]), series("00:09:00", [4])));
  assert.deepEqual(series("00:00:00", [5, 6]), joined(series("00:00:01", [1]), series("00:00:00", [5, 6])));
});

test("an hour is kept", () => {
  const long = joined(series("00:00:00", Array<number>(SECONDS_KEPT).fill(1)), series("00:59:59", [2, 3]));
  assert.deepEqual([SECONDS_KEPT, "2026-01-01T00:00:02.000Z", 3], [long.starts.length, long.from, long.viewers.at(-1)]);
});

test("minutes have the most viewers and the sum of what happened", () => {
  assert.deepEqual(
    [
      { at: Date.UTC(2026, 0, 1), viewers: 5, starts: 12, errors: 2 },
      { at: Date.UTC(2026, 0, 1, 0, 1), viewers: 2, starts: 4, errors: 1 },
    ],
    minutesOf(series("00:00:58", [5, 1, 2])),
  );
});
