/** A body, line by line, with the wrong places in it. Pure. */
import type { ToldRequest } from "./told.ts";

export interface BodyLine {
  text: string;
  /** `events[0].xdm.timestamp`; empty for brackets that close, and for all of it. */
  path: string;
}

/** JSON in lines of two blanks a level; short lists and objects without members stay on one. */
export function linesOf(value: unknown): BodyLine[] {
  const lines: BodyLine[] = [];
  const add = (depth: number, text: string, path: string) => lines.push({ text: "  ".repeat(depth) + text, path });
  const walk = (inner: unknown, depth: number, before: string, after: string, path: string): void => {
    if (inner === null || typeof inner !== "object" || Object.keys(inner).length === 0) {
      add(depth, before + JSON.stringify(inner) + after, path);
      return;
    }
    const list = Array.isArray(inner);
    add(depth, before + (list ? "[" : "{"), path);
    const members = Object.entries(inner);
    members.forEach(([name, member], place) => {
      const comma = place < members.length - 1 ? "," : "";
      if (list) walk(member, depth + 1, "", comma, `${path}[${name}]`);
      else walk(member, depth + 1, `${JSON.stringify(name)}: `, comma, path ? `${path}.${name}` : name);
    });
    add(depth, (list ? "]" : "}") + after, "");
  };
  walk(value, 0, "", "", "");
  return lines;
}

/** Every value of a body by its path. */
export function valuesOf(value: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>([["", value]]);
  const walk = (inner: unknown, path: string): void => {
    if (inner === null || typeof inner !== "object") return;
    for (const [name, member] of Object.entries(inner)) {
      const at = Array.isArray(inner) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
      found.set(at, member);
      walk(member, at);
    }
  };
  walk(value, "");
  return found;
}

/** The body as JSON; why it is none, where it is none. */
export function parsed(body: string): { value: unknown; error: null } | { value: null; error: string } {
  try {
    return { value: JSON.parse(body), error: null };
  } catch (error) {
    return { value: null, error: (error as Error).message };
  }
}

/** Where the `xdm` of an event is in the body of its route. */
export const xdmPath = (route: string, index: number): string => (route.startsWith("v2/") ? "event.xdm" : `events[${index}].xdm`);

export interface Wrong {
  /** Within the body. */
  path: string;
  reason: string;
  meaning: string;
  /** What was sent there, as JSON; null: nothing was. */
  sent: string | null;
}

/** The longest path there is on the way to one. */
export function nearest(path: string, known: ReadonlySet<string> | ReadonlyMap<string, unknown>): string {
  let at = path;
  while (at && !known.has(at)) at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0));
  return at;
}

/** Every field a request was refused for. */
export function wrongOf(request: ToldRequest): Wrong[] {
  const values = valuesOf(parsed(request.body).value);
  return request.events.flatMap(({ index, errors }) =>
    errors.map(({ path, reason, meaning }) => {
      const whole = [xdmPath(request.route, index), path].filter(Boolean).join(".");
      return { path: whole, reason, meaning, sent: values.has(whole) ? JSON.stringify(values.get(whole)) : null };
    }),
  );
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The command that sends the same again, for a POSIX shell. */
export function curlOf(request: ToldRequest, collectorUrl: string): string {
  const query = new URLSearchParams();
  if (request.datastream) query.set("configId", request.datastream);
  if (request.requestId) query.set("requestId", request.requestId);
  const url = `${collectorUrl}/${request.base}/${request.route}${query.size ? `?${query}` : ""}`;
  return `curl -i -X POST ${quoted(url)} \\\n  -H 'content-type: application/json' \\\n  --data-raw ${quoted(request.body)}`;
}
