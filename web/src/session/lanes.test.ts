import assert from "node:assert/strict";
import { test } from "node:test";
import { barAt, drawingOf, firstAt, overPlayhead, playheadAt } from "./lanes.ts";

const at = (s: number) => new Date(Date.UTC(2026, 0, 1, 2, 0, s)).toISOString();
const drawing = drawingOf({
  from: at(0),
  until: at(40),
  player: [
    { from: at(0), until: at(15), state: "playing" },
    { from: at(15), until: at(40), state: "paused" },
  ],
  ads: [{ from: at(5), until: at(9), ordinal: 1, name: "", friendlyName: null }],
  chapters: [],
  states: [{ from: at(1), until: at(2), name: "mute" }, { from: at(8), until: at(40), name: "mute" }],
  playhead: [{ at: at(0), playhead: 0 }, { at: at(15), playhead: 15 }, { at: at(40), playhead: 15 }],
  bitrate: [{ at: at(2), kbps: 800 }, { at: at(9), kbps: 1600 }],
  errors: [{ at: at(20), name: "E-1", source: "player" }],
});

test("bars are in ms since the start, one lane for each state name", () => {
  assert.deepEqual(["ads", "state mute"], drawing.lanes.map((lane) => lane.id));
  assert.deepEqual([8000, 40000], [drawing.lanes[1]?.bars[1]?.from, drawing.length]);
});

test("an ad without a name is called by its number", () => {
  assert.equal("Ad 1", drawing.lanes[0]?.bars[0]?.label);
});

test("where two bars touch, the later one holds", () => {
  assert.equal("paused", barAt(drawing.player, 15_000)?.kind);
  assert.equal("paused", barAt(drawing.player, 40_000)?.kind);
  assert.equal("playing", barAt(drawing.player, 14_999)?.kind);
});

test("the playhead is read off the line between two points", () => {
  assert.deepEqual([7.5, 15, 15], [7500, 15_000, 99_000].map((ms) => playheadAt(drawing.points, ms)));
});

test("stops are ascending and each once", () => {
  assert.deepEqual([0, 1000, 2000, 5000, 8000, 9000, 15_000, 20_000, 40_000], drawing.stops);
});

test("a bitrate holds until the next, the last to the end", () => {
  assert.deepEqual([[2000, 9000, 800], [9000, 40_000, 1600]], drawing.levels.map(({ from, until, kbps }) => [from, until, kbps]));
});

const turned = overPlayhead(drawing);

test("over the playhead a pause is a place, and an ad lies where it came", () => {
  assert.deepEqual([[0, 15_000, "playing"], [15_000, 15_000, "paused"]], turned.player.bars.map((bar) => [bar.from, bar.until, bar.kind]));
  assert.deepEqual([[5000, 9000]], turned.lanes[0]?.bars.map((bar) => [bar.from, bar.until]));
  assert.deepEqual([15_000, 15_000], [turned.length, turned.errors[0]?.at]);
});

test("what is seen again comes twice, and what a seek leaves out is not drawn", () => {
  const player = [{ from: at(0), until: at(30), state: "playing" }];
  const playhead = [[0, 0], [10, 10], [10, 4], [20, 14], [20, 500], [30, 510]].map(([s = 0, playhead = 0]) => ({ at: at(s), playhead }));
  const seen = overPlayhead(drawingOf({ from: at(0), until: at(30), player, ads: [], chapters: [], states: [], playhead, bitrate: [], errors: [] }));
  assert.deepEqual([[0, 10_000], [4000, 14_000], [500_000, 510_000]], seen.player.bars.map((bar) => [bar.from, bar.until]));
  assert.deepEqual([7, 27, null], [7000, 507_000, 900_000].map((ms) => firstAt(seen.points, ms)));
});
