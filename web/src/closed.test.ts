import assert from "node:assert/strict";
import { test } from "node:test";
import { closed, closedInAll, share, shares } from "./closed.ts";

const columns = ["app-version", "content-starts", "drops-before-start", "error-impacted-streams", "compare:content-starts", "compare:drops-before-start"];
const report = { columns, rows: [["7.1", 3, 1, 2, 5, 0], ["7.0", 0, 0, 0, null, 1]] };

test("a session that closed reached main content or did not", () => {
  assert.deepEqual([[4, 0], [5, 1]], [closed(report), closed(report, "compare:")]);
  assert.equal(7, closedInAll({ totals: { "content-starts": 5, "drops-before-start": 2 } }));
  assert.equal(0, closedInAll({ totals: {} }, "compare:"));
});

test("shares are of the sessions that closed; of none there is none", () => {
  assert.deepEqual([0.5, null], shares(report, "error-impacted-streams"));
  assert.deepEqual([null, null, 0], [share(1, 0), share(null, 2), share(0, 2)]);
});
