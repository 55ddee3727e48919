/** Values to choose from. */
import { postReport, useAnswer } from "../ask.ts";
import { range, zone } from "../view.ts";

/** The values a dimension of sessions had most often in the range; none for null. */
export function useValues(id: string | null): string[] {
  const { from, until } = range.value;
  const { answer } = useAnswer(id && JSON.stringify([id, from, until]), (signal) =>
    postReport({ metrics: ["media-starts"], dimensions: [id as string], from, until, timeZone: zone.value, limit: 50 }, signal),
  );
  return id && answer?.columns[0] === id ? answer.rows.map(([value]) => String(value)) : [];
}
