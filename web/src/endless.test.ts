import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell, ReportAnswer, ReportQuestion } from "./ask.ts";
import { recordedQuestion, withoutEnd } from "./endless.ts";

const RATE = "content-completion-rate";
const question: ReportQuestion = { from: "a", until: "b", timeZone: "UTC", metrics: ["viewers", RATE], dimensions: ["content"], sort: RATE };
const answered = (columns: string[], rows: Cell[][], totals: Record<string, number | null>, cursor: string | null = null): ReportAnswer => ({
  columns, rows, totals, cursor, freshness: { eventsUntil: "", lagSeconds: 0 }, sql: "",
});
const report = answered(["content", "viewers", RATE], [["film", 9, 0.5], ["arena", 7, 0], ["flop", 3, 0], ["unseen", 1, null]], { viewers: 18, [RATE]: 0.2 });
const rates = ({ rows }: ReportAnswer) => rows.map((row) => row[2]);

test("only where nothing was completed is it asked what had an end, with the segment of the page", () => {
  const asked = recordedQuestion({ ...question, segment: { dimension: "genre", op: "=", value: "Talk" } }, report, true);
  const live = { dimension: "content-length", op: "!=", value: 86_400 };
  assert.deepEqual([{ dimension: "genre", op: "=", value: "Talk" }, live, { dimension: "content", op: "in", value: ["arena", "flop"] }], asked?.segment?.["all"]);
  assert.deepEqual([["content-starts"], undefined, false], [asked?.metrics, asked?.sort, asked?.totals]);
  assert.deepEqual([live], recordedQuestion(question, report, false)?.segment?.["all"]);
  assert.equal(null, recordedQuestion({ ...question, metrics: ["viewers"] }, report, true));
  assert.equal(null, recordedQuestion(question, { ...report, rows: report.rows.slice(0, 1) }, true));
});

test("a rate of live content alone is none; one of a title that nobody finished stays nought", () => {
  const { answer, endless } = withoutEnd(question, report, answered(["content", "content-starts"], [["flop", 3]], {}));
  assert.deepEqual([[0.5, null, 0, null], true], [rates(answer), endless]);
  assert.deepEqual([0.5, 0, 0, null], rates(report));
});

test("nothing is taken away where it is not known", () => {
  assert.deepEqual([0.5, 0, 0, null], rates(withoutEnd(question, report, null).answer));
  const cut = answered(["content", "content-starts"], [], {}, "more");
  assert.deepEqual({ answer: report, endless: false }, withoutEnd(question, report, cut));
});

test("of live content only, the total is none too, and so is the period before", () => {
  const asked = { ...question, granularity: "day" as const, compare: { from: "0", until: "a" } };
  const columns = ["time", "content", "viewers", RATE, "compare:viewers", `compare:${RATE}`];
  const live = answered(columns, [["monday", "arena", 7, 0, 6, 0]], { viewers: 7, [RATE]: 0, [`compare:${RATE}`]: 0 });
  const narrowed = recordedQuestion(asked, live, true);
  assert.deepEqual([true, 1, undefined], [narrowed?.totals, (narrowed?.segment?.["all"] as unknown[]).length, narrowed?.compare]);
  const { answer, endless } = withoutEnd(asked, live, answered(["time", "content", "content-starts"], [], { "content-starts": 0 }));
  assert.deepEqual([[["monday", "arena", 7, null, 6, null]], null, null, true], [answer.rows, answer.totals[RATE], answer.totals[`compare:${RATE}`], endless]);
});
