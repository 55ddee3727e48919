import assert from "node:assert/strict";
import { test } from "node:test";
import { curlOf, linesOf, nearest, parsed, valuesOf, wrongOf } from "./body.ts";
import type { ToldRequest } from "./told.ts";

const BODY = '{"events":[{"xdm":{"eventType":"media.play","mediaCollection":{"playhead":-1,"states":[]}}}],"note":"it\'s"}';

export const request = (changes: Partial<ToldRequest>): ToldRequest => ({
  received: "2026-01-01T00:00:00.000Z", route: "va/v1/play", base: "ee", datastream: "web", requestId: null, result: "refused", status: 400,
  reason: "va-edge-0400-400", title: "Bad Request", meaning: "m", mismatch: null, userAgent: null, clientIp: null, events: [], eventCount: 0,
  body: BODY, bodyBytes: BODY.length, truncated: false, ...changes,
});

test("lines are the JSON again, each with its path", () => {
  const lines = linesOf(JSON.parse(BODY));
  assert.deepEqual(JSON.parse(lines.map((line) => line.text).join("\n")), JSON.parse(BODY));
  assert.deepEqual(lines.find((line) => line.text.includes("playhead")), { text: '          "playhead": -1,', path: "events[0].xdm.mediaCollection.playhead" });
  assert.deepEqual(linesOf("x"), [{ text: '"x"', path: "" }]);
});

test("a missing place is told at the nearest there is", () => {
  const known = valuesOf(JSON.parse(BODY));
  assert.equal(nearest("events[0].xdm.mediaCollection.sessionDetails.name", known), "events[0].xdm.mediaCollection");
  assert.equal(nearest("events[3].xdm", known), "events");
  assert.equal(nearest("elsewhere", known), "");
});

test("wrong fields have what was sent in their place, in both forms of the route", () => {
  const error = (path: string) => ({ path, reason: "r", meaning: "m" });
  const event = { index: 0, eventType: "media.play", session: null, ecid: null, outcome: "refused" as const, reason: null };
  const told = request({ events: [{ ...event, errors: [error("mediaCollection.playhead"), error("timestamp"), error("")] }] });
  assert.deepEqual(wrongOf(told).map(({ path, sent }) => [path, sent?.slice(0, 12) ?? null]), [
    ["events[0].xdm.mediaCollection.playhead", "-1"],
    ["events[0].xdm.timestamp", null],
    ["events[0].xdm", '{"eventType"'],
  ]);
  const second = request({ route: "v2/interact", body: "{", events: [{ ...event, errors: [error("timestamp")] }] });
  assert.deepEqual(wrongOf(second), [{ path: "event.xdm.timestamp", reason: "r", meaning: "m", sent: null }]);
});

test("what is no JSON says why", () => {
  assert.equal(parsed("{").value, null);
  assert.ok(parsed("{").error?.includes("JSON"));
  assert.equal(parsed("null").error, null);
});

test("the command quotes for a shell", () => {
  const command = curlOf(request({ requestId: "a b" }), "http://h:1");
  assert.ok(command.startsWith("curl -i -X POST 'http://h:1/ee/va/v1/play?configId=web&requestId=a+b' \\\n"));
  assert.ok(command.endsWith(`"note":"it'\\''s"}'`));
  assert.ok(curlOf(request({ datastream: "" }), "http://h").includes("'http://h/ee/va/v1/play' "));
});
