import assert from "node:assert/strict";
import { test } from "node:test";
import { type Condition, conditionWords, narrowed, readSegment, segmentJson, valueOf } from "./segments.ts";

test("what the control writes it reads again", () => {
  const text = '{"any":[{"dimension":"content-type","op":"in","value":["vod","live"]},{"metric":"stall-events","op":">","value":2}]}';
  const { simple, nested } = readSegment(text);
  assert.equal(text, JSON.stringify(segmentJson(simple)));
  assert.deepEqual([false, "is one of vod, live", "is above 2"], [nested, ...simple.conditions.map(conditionWords)]);
});

test("a segment of another form is kept as it is", () => {
  const text = '{"not":{"dimension":"show","op":"=","value":"x"}}';
  assert.deepEqual([true, text, 0], [readSegment(text).nested, JSON.stringify(readSegment(text).json), readSegment(text).simple.conditions.length]);
  assert.equal(true, readSegment("{").nested);
  assert.deepEqual([null, null], [readSegment("").json, segmentJson(readSegment("").simple)]);
});

test("what is typed is a value of its kind", () => {
  assert.deepEqual([3, "3", "a b", ["a", "b"], false, null], [
    valueOf("<", " 3 ", true), valueOf("=", "3", false), valueOf("=", "a b", true), valueOf("in", "a, b,", false), valueOf("exists", "no", false), valueOf("=", " ", false),
  ]);
});

test("a segment is narrowed by one more condition, whatever it was, and by the same one once", () => {
  const web: Condition = { kind: "dimension", id: "content-player-name", op: "=", value: "web" };
  const added = { dimension: "content-player-name", op: "=", value: "web" };
  const vod = { dimension: "content-type", op: "=", value: "vod" };
  const any = { any: [vod, { metric: "stall-events", op: ">", value: 2 }] };
  const to = (text: string) => narrowed(readSegment(text), web);
  assert.deepEqual({ all: [added] }, to(""));
  assert.deepEqual({ all: [vod, added] }, to(JSON.stringify({ any: [vod] })));
  assert.deepEqual({ all: [vod, added] }, to(JSON.stringify({ all: [vod, added] })));
  assert.deepEqual({ all: [any, added] }, to(JSON.stringify(any)));
  assert.deepEqual({ all: [{ not: vod }, added] }, to(JSON.stringify({ not: vod })));
});
