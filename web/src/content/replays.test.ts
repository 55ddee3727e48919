import assert from "node:assert/strict";
import { test } from "node:test";
import { replaysOf } from "./replays.ts";

test("the stretches most viewed again come first, with how many viewed them at all", () => {
  const again = [0, 0, 6, 8, 6, 1, 0, 5, 5, 0, 1];
  const viewed = [20, 20, 18, 16, 16, 15, 15, 12, 12, 10, 10];
  assert.deepEqual(
    [
      { from: 2, until: 5, sessions: 8, viewed: 16 },
      { from: 7, until: 9, sessions: 5, viewed: 12 },
    ],
    replaysOf({ step: 1, sessions: again }, viewed),
  );
});

test("what one viewed again is no part that is replayed; of minutes the places are seconds", () => {
  assert.deepEqual([], replaysOf({ step: 1, sessions: [1, 1, 0] }, [5, 5, 5]));
  assert.deepEqual([], replaysOf({ step: 1, sessions: [] }, []));
  assert.deepEqual([{ from: 60, until: 120, sessions: 2, viewed: 5 }], replaysOf({ step: 60, sessions: [0, 2] }, [5, 5]));
});
