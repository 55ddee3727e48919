import assert from "node:assert/strict";
import { test } from "node:test";
import { customRange, granularityOf, presetRange } from "./ranges.ts";
import { instantOf, isZone, rfc3339, wallAt } from "./zones.ts";

const at = (text: string) => Date.parse(text);

test("a wall is what the clocks of the zone show", () => {
  assert.equal(at("2026-01-05T01:00Z"), wallAt(at("2026-01-05T00:00Z"), "Europe/Berlin"));
  assert.equal(at("2026-07-05T05:30Z"), wallAt(at("2026-07-05T00:00Z"), "Asia/Kolkata"));
});

test("an instant is found from its wall on both sides of a change of clocks", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
    for (let ms = at("2026-03-28T00:00Z"); ms < at("2026-03-31T00:00Z"); ms += 3_600_000) assert.equal(ms, instantOf(wallAt(ms, zone), zone));
  assert.equal(at("2026-10-25T00:30Z"), instantOf(at("2026-10-25T02:30Z"), "Europe/Berlin"));
  assert.equal(at("2026-03-29T01:30Z"), instantOf(at("2026-03-29T02:30Z"), "Europe/Berlin"));
});

test("a name of no zone is told", () => {
  assert.deepEqual([true, false], [isZone("Europe/Paris"), isZone("Mars/Base")]);
});

test("presets begin with a day of the zone and end with the minute that runs", () => {
  const now = at("2026-03-30T10:20:30Z");
  const texts = (["today", "yesterday", "7d", "28d", "month"] as const).map((name) => {
    const { from, until, before } = presetRange(name, now, "Europe/Berlin");
    return [from, until, before.from, before.until];
  });
  assert.deepEqual(
    [
      ["2026-03-29T22:00:00Z", "2026-03-30T10:21:00Z", "2026-03-28T23:00:00Z", "2026-03-29T10:21:00Z"],
      ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"],
      ["2026-03-23T23:00:00Z", "2026-03-30T10:21:00Z", "2026-03-16T23:00:00Z", "2026-03-23T11:21:00Z"],
      ["2026-03-02T23:00:00Z", "2026-03-30T10:21:00Z", "2026-02-02T23:00:00Z", "2026-03-02T11:21:00Z"],
      ["2026-02-28T23:00:00Z", "2026-03-30T10:21:00Z", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z"],
    ],
    texts,
  );
});

test("a range of fields is compared with as long a one before it", () => {
  const made = customRange("2026-01-05T00:00", "2026-01-12T00:00", "UTC");
  assert.deepEqual(["2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"], [made?.before.from, made?.before.until]);
  assert.equal(null, customRange("2026-01-05T00:00", "2026-01-05T00:00", "UTC"));
  assert.equal(null, customRange("", "x", "UTC"));
});

test("a chart has some dozens to a few hundred places", () => {
  const steps = [1, 6, 24, 168, 24 * 28, 24 * 365].map((hours) => granularityOf({ from: "", until: "", fromMs: 0, untilMs: hours * 3_600_000 }));
  assert.deepEqual(["minute", "5-minutes", "30-minutes", "hour", "day", "week"], steps);
  assert.equal("2026-01-05T00:00:00Z", rfc3339(at("2026-01-05T00:00Z")));
});
