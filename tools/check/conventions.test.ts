import { expect, test } from "vitest";
import { findingsIn } from "./conventions.ts";

test.each([
  "const limitMs = 10;",
  "export const limitMs: number = 10 * 60_000;",
  "const name = `a-${MAX}`;",
  "const pattern = /a/;",
  'const mode = "a" as const;',
  "const low = -1;",
])("a module constant in another case is a finding: %s", (source) => {
  expect(findingsIn("a.ts", `// A head.\n${source}`)).toEqual([
    expect.stringMatching(/^a\.ts:2: the module constant \w+: expected SCREAMING_SNAKE$/),
  ]);
});

test("functions, schemas, instances, local constants and computed values have names as variables do", () => {
  const source = [
    "const LIMIT_MS = 10;",
    "const double = (n: number): number => 2 * n;",
    "const schema = z.object({});",
    "const events = new Events();",
    "const started = clock.now() + 10;",
    "function f(): void { const limitMs = 10; use(limitMs); }",
  ].join("\n");

  expect(findingsIn("a.ts", source)).toEqual([]);
});

test("`it` of vitest is a finding, `it` of another module is not", () => {
  expect(findingsIn("a.test.ts", 'import { expect, it } from "vitest";')).toEqual([
    "a.test.ts:1: `it` of vitest: expected `test`",
  ]);
  expect(findingsIn("a.test.ts", 'import { it } from "./it.ts";')).toEqual([]);
});

test("a method of a listener without on… is a finding", () => {
  const source = "export interface PoolListener {\n  onEmpty(): void;\n  didEnd(): void;\n}";

  expect(findingsIn("a.ts", source)).toEqual(["a.ts:3: PoolListener.didEnd: expected a name like onUpdate"]);
  expect(findingsIn("a.ts", source.replace("PoolListener", "Pool"))).toEqual([]);
});

test.each([
  ["packages/journal/src/index.ts", 0],
  ["packages/journal/src/testing/index.ts", 0],
  ["packages/journal/src/redis/index.ts", 1],
  ["services/api-gateway/src/auth/index.ts", 1],
])("a barrel file is allowed for a package and its testing folder: %s", (file, count) => {
  expect(findingsIn(file, 'export * from "./a.ts";')).toHaveLength(count);
});
