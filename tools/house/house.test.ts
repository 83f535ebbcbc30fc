import { expect, test } from "vitest";
import { isImportOfFoundation, measureHouse } from "./house.ts";
import { countSigns } from "./signs.ts";
import { functionLines, sizesOf } from "./sizes.ts";
import { readTracked, workspaceOf } from "./tracked.ts";

test("signs are counted by word and workspace, in any case, as whole words", () => {
  const counts = countSigns([
    { file: "packages/journal/src/a.ts", text: "// Nobody. nobody\n// foretells" },
    { file: "README.md", text: "It is gone for ever." },
  ]);

  expect(counts).toEqual({ nobody: { "packages/journal": 2 }, "for ever": { ".": 1 } });
});

test("functions with a body in braces are measured: nested ones, methods and callbacks too", () => {
  const source = [
    "export function outer(): void {",
    "  list.forEach((each) => {",
    "    use(each);",
    "  });",
    "}",
    "class A {",
    "  get b(): number { return 1; }",
    "}",
    "const short = (a: number) => a + 1;",
  ].join("\n");

  expect(functionLines("x.ts", source).toSorted((a, b) => a - b)).toEqual([1, 3, 5]);
});

test("a source that does not parse is an error", () => {
  expect(() => functionLines("x.ts", "function {")).toThrow("x.ts: ");
});

test("the median of an odd number of files is the one in the middle", () => {
  expect(sizesOf([9, 1, 5])).toEqual({ count: 3, median: 5, p90: 9, max: 9 });
});

test("an import of a clock from grpc-client is counted outside grpc-client only", () => {
  const text = 'import { createChannel, type Clock } from "@agent-team/grpc-client";';

  expect(isImportOfFoundation({ file: "bench/src/x.ts", text })).toBe(true);
  expect(isImportOfFoundation({ file: "packages/grpc-client/test/x.ts", text })).toBe(false);
  expect(isImportOfFoundation({ file: "bench/src/x.ts", text: text.replace("type Clock", "Channel") })).toBe(false);
});

test("the house itself has files and functions", () => {
  const { files, functions } = measureHouse(readTracked());

  expect(files.count).toBeGreaterThan(300);
  expect(functions.count).toBeGreaterThan(1_000);
});

test("a file at the top belongs to no workspace", () => {
  expect(["README.md", "infra/main.tf", "services/api-gateway/src/app.ts"].map(workspaceOf)).toEqual([
    ".",
    "infra",
    "services/api-gateway",
  ]);
});
