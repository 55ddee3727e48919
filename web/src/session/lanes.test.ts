import assert from "node:assert/strict";
import { test } from "node:test";
import { barAt, drawingOf, playheadAt } from "./lanes.ts";

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
