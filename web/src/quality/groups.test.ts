import assert from "node:assert/strict";
import { test } from "node:test";
import { enoughOf, type Group, inOrder, worstOf } from "./groups.ts";

const group = (value: string, sessions: number, share: number | null): Group => ({ value, sessions, numbers: { share } });
const valuesOf = (groups: Iterable<Group>) => [...groups].map(({ value }) => value);

test("enough is thirty sessions, of many a hundredth", () => {
  assert.deepEqual([30, 30, 31, 10_000], [0, 3000, 3001, 1_000_000].map(enoughOf));
});

test("a tiny group is never worst", () => {
  const groups = [group("tiny", 3, 1), group("bad", 30, 0.2), group("good", 400, 0.1)];
  assert.deepEqual(["bad"], valuesOf(worstOf(groups, "share", 0.12, 30)));
});

test("none is worst where it is no worse than all together, or there is none to compare with", () => {
  assert.deepEqual([], valuesOf(worstOf([group("a", 50, 0.1), group("b", 50, 0.1)], "share", 0.1, 30)));
  assert.deepEqual([], valuesOf(worstOf([group("a", 50, 0.2), group("b", 3, 0.1)], "share", 0.1, 30)));
  assert.deepEqual([], valuesOf(worstOf([group("a", 50, 0.2), group("b", 50, null)], "share", 0.1, 30)));
});

test("of some columns the smallest is worst, and several may be", () => {
  const groups = [group("a", 50, 900), group("b", 50, 900), group("c", 50, 2000)];
  assert.deepEqual(["a", "b"], valuesOf(worstOf(groups, "share", 1200, 30, true)));
});

test("in the order of a number, groups of too few sessions come last, and what is missing after the rest", () => {
  const groups = [group("tiny", 3, 1), group("none", 50, null), group("low", 50, 0.1), group("high", 40, 0.2)];
  assert.deepEqual(["high", "low", "none", "tiny"], valuesOf(inOrder(groups, "-share", 30)));
  assert.deepEqual(["low", "high", "none", "tiny"], valuesOf(inOrder(groups, "share", 30)));
  assert.deepEqual(["none", "low", "high", "tiny"], valuesOf(inOrder(groups, "-sessions", 30)));
  assert.deepEqual(["v2", "v10"], valuesOf(inOrder([group("v10", 1, 0), group("v2", 1, 0)], "name", 30)));
});
