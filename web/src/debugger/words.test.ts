import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToldEvent, ToldRequest } from "./told.ts";
import { eventWords, resultOf, whyOf } from "./words.ts";

const event = (changes: Partial<ToldEvent> = {}): ToldEvent => ({
  index: 0, eventType: "media.ping", session: "s", ecid: null, outcome: "accepted", reason: null, errors: [], ...changes,
});
const request = (events: ToldEvent[], changes: Partial<ToldRequest> = {}): ToldRequest => ({
  received: "2026-01-01T00:00:00.000Z", route: "va/v1/ping", base: "ee", datastream: "web", requestId: null, result: "accepted", status: null, reason: null,
  title: null, meaning: null, mismatch: null, userAgent: null, clientIp: null, events, eventCount: events.length, body: "", bodyBytes: 0, truncated: false,
  ...changes,
});

test("events are named with how often they come", () => {
  assert.equal(eventWords(request([event(), event({ eventType: "media.play" }), event()])), "ping ×2, play");
  assert.equal(eventWords(request([event({ eventType: null })])), "not a media event");
  assert.equal(eventWords(request([], { route: "v1/interact" })), "interact");
  const many = ["play", "ping", "adStart", "adSkip"].map((name) => event({ eventType: `media.${name}` }));
  assert.equal(eventWords(request(many)), "play, ping, adStart and more");
});

test("the result is that of the request, and of its events where none counts", () => {
  assert.deepEqual(resultOf(request([event()])), { kind: "accepted", words: "Accepted" });
  assert.deepEqual(resultOf(request([event({ outcome: "duplicate" })])), { kind: "aside", words: "Duplicate" });
  assert.deepEqual(resultOf(request([event({ outcome: "dropped" })])), { kind: "aside", words: "Dropped" });
  assert.deepEqual(resultOf(request([], { result: "refused", status: 400 })), { kind: "refused", words: "Refused 400" });
  assert.deepEqual(resultOf(request([], { result: "partly", status: 207 })), { kind: "partly", words: "Partly 207" });
});

test("why is the nearest thing to repair", () => {
  const wrong = { path: "timestamp", reason: "Missing required field", meaning: "m" };
  const refused = { result: "refused", status: 400, title: "Bad Request", meaning: "no `events`" } as const;
  assert.equal(whyOf(request([event({ errors: [wrong, wrong] })], refused)), "timestamp: Missing required field, and 1 more");
  assert.equal(whyOf(request([], refused)), "Bad Request: no events");
  assert.equal(whyOf(request([], { ...refused, mismatch: "payload eventType play, path eventType ping" })), "payload eventType play, path eventType ping");
  assert.equal(whyOf(request([event(), event({ outcome: "duplicate", reason: "duplicate_request" })])), "1 of 2 not counted: duplicate request");
  assert.equal(whyOf(request([])), "No media event: taken and let go");
  assert.equal(whyOf(request([event()])), "");
});
