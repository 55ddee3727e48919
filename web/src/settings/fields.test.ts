import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatastreamItem } from "./asked.ts";
import { changeOf, draftOf, losses, NEW } from "./fields.ts";

const FILMS: DatastreamItem = {
  ...NEW, id: "films", name: "Films", orgId: "A@B", allowedOrigins: ["https://a.example"], settings: { idle_timeout_s: 30, federated: true }, eventsDays: 30,
};

test("what is not changed is not sent", () => {
  assert.deepEqual(changeOf(draftOf(FILMS), draftOf(FILMS)), { change: {}, wrong: [] });
});

test("each kind of field is sent as the server takes it", () => {
  const before = draftOf(FILMS);
  const draft = {
    ...before, name: " Movies ", media: false, allowedOrigins: " https://b.example \n\nhttps://c.example", "settings.idle_timeout_s": "", "settings.federated": "false",
    "settings.max_playback_rate": "2.5", eventsDays: "", rowsDays: "7",
  };
  assert.deepEqual(changeOf(before, draft), {
    change: {
      name: "Movies", media: false, allowedOrigins: ["https://b.example", "https://c.example"], eventsDays: null, rowsDays: 7,
      settings: { idle_timeout_s: null, federated: false, max_playback_rate: 2.5 },
    },
    wrong: [],
  });
});

test("what is no number is told at its field", () => {
  const before = draftOf(FILMS);
  const { change, wrong } = changeOf(before, { ...before, eventsDays: "a week", "settings.max_states": "3x" });
  assert.deepEqual(change, {});
  assert.deepEqual(wrong.map(({ path }) => path), ["settings.max_states", "eventsDays"]);
});

test("what removes or refuses is asked about", () => {
  const server = (name: string) => (name === "rowsDays" ? 10 : null);
  assert.deepEqual(losses({ eventsDays: 60, name: "x" }, FILMS, server), []);
  assert.deepEqual(losses({ eventsDays: null }, FILMS, server), []);
  assert.deepEqual(losses({ eventsDays: 0 }, FILMS, server), []); // the server refuses it
  assert.deepEqual(losses({ media: false, eventsDays: 1, rowsDays: 10, sessionsDays: 90 }, FILMS, server), [
    "Media events sent to it are refused, within about a second.",
    "Raw events older than 1 day are removed for good, within the hour.",
    "Session records older than 90 days are removed for good, within the hour.",
  ]);
});
