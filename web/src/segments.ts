/** Segments as the control shows them and as the API takes them (docs/reference/api.md). Pure. */

export const OPERATORS = ["=", "!=", "in", "contains", "exists", "<", ">"] as const;
export type Operator = (typeof OPERATORS)[number];
export const OPERATOR_WORDS: Record<Operator, string> = {
  "=": "is", "!=": "is not", in: "is one of", contains: "contains", exists: "exists", "<": "is below", ">": "is above",
};

export type Value = string | number | boolean;
export interface Condition {
  kind: "dimension" | "metric";
  id: string;
  op: Operator;
  value: Value | Value[];
}

export type SegmentJson = { [name: string]: unknown };

/** What the control can change: conditions of which all or any hold. */
export interface Simple {
  join: "all" | "any";
  conditions: Condition[];
}

const NONE: Simple = { join: "all", conditions: [] };

export function jsonOf(condition: Condition): SegmentJson {
  return { [condition.kind]: condition.id, op: condition.op, value: condition.value };
}

export function segmentJson({ join, conditions }: Simple): SegmentJson | null {
  return conditions.length ? { [join]: conditions.map(jsonOf) } : null;
}

function conditionOf(given: unknown): Condition | null {
  if (typeof given !== "object" || given === null) return null;
  const { dimension, metric, op, value } = given as Record<string, unknown>;
  const id = dimension ?? metric;
  if (typeof id !== "string" || !OPERATORS.includes(op as Operator)) return null;
  return { kind: dimension === undefined ? "metric" : "dimension", id, op: op as Operator, value: (value ?? true) as Value | Value[] };
}

/** What an address says: a simple segment, or, written by hand, one the control can only show and remove. */
export function readSegment(text: string): { simple: Simple; json: SegmentJson | null; nested: boolean } {
  if (!text) return { simple: NONE, json: null, nested: false };
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { simple: NONE, json: { text }, nested: true }; // the server says what is wrong with it
  }
  const json = given as SegmentJson;
  for (const join of ["all", "any"] as const) {
    const parts = json?.[join];
    if (!Array.isArray(parts)) continue;
    const conditions = parts.map(conditionOf);
    if (conditions.every((one) => one !== null)) return { simple: { join, conditions }, json, nested: false };
  }
  const one = conditionOf(given);
  return one ? { simple: { join: "all", conditions: [one] }, json, nested: false } : { simple: NONE, json, nested: true };
}

/** The segment of an address, narrowed by one more condition that must hold too. */
export function narrowed({ simple, json, nested }: ReturnType<typeof readSegment>, condition: Condition): SegmentJson {
  const added = jsonOf(condition);
  if (!json) return { all: [added] };
  if (nested || (simple.join === "any" && simple.conditions.length > 1)) return { all: [json, added] };
  const others = simple.conditions.map(jsonOf).filter((one) => JSON.stringify(one) !== JSON.stringify(added));
  return { all: [...others, added] };
}

/** What was typed, as the value of a condition; null: nothing was. */
export function valueOf(op: Operator, typed: string, numeric: boolean): Value | Value[] | null {
  if (op === "exists") return typed !== "no";
  const one = (text: string): Value => (numeric && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
  if (op === "in") {
    const values = typed.split(",").map((text) => text.trim()).filter(Boolean).map(one);
    return values.length ? values : null;
  }
  return typed.trim() === "" ? null : one(typed.trim());
}

/** "is one of a, b", for a chip. */
export function conditionWords({ op, value }: Condition): string {
  if (op === "exists") return value === false ? "is missing" : "exists";
  return `${OPERATOR_WORDS[op]} ${Array.isArray(value) ? value.join(", ") : value}`;
}
