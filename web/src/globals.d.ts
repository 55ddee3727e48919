declare const ALLOY_SRC: string; // set by tools/alloy.js
declare const ALLOY_VERSION: string;

declare module "*.css";
declare module "*.webm" {
  const address: string;
  export default address;
}

// Node's own test runner, as far as *.test.ts use it.
declare module "node:test" {
  export function test(name: string, body: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
  const assert: {
    equal(expected: unknown, actual: unknown): void;
    deepEqual(expected: unknown, actual: unknown): void;
    ok(value: unknown): void;
  };
  export default assert;
}
declare module "*?raw" {
  const text: string;
  export default text;
}
