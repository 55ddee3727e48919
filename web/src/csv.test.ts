import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "./csv.ts";

test("a table is written so that it is read again as it was", () => {
  assert.equal('a,b\r\n"x ""y"", z",1.5\r\n,true\r\n', csvOf(["a", "b"], [['x "y", z', 1.5], [null, true]]));
});

test("no name is a formula", () => {
  assert.equal("a\r\n'=1+1\r\n'@x\r\n-3\r\n", csvOf(["a"], [["=1+1"], ["@x"], [-3]]));
});
