import { expect, test } from "vitest";
import { cyclesOf, findFolderCycles, type Import, importsIn } from "./folder-cycles.ts";

function imports(...pairs: readonly string[]): Import[] {
  return pairs.map((pair) => {
    const [from = "", to = ""] = pair.split(" -> ");
    return { from, to };
  });
}

test("two folders that import each other are a cycle, named with the imports that make it", () => {
  const cycles = cyclesOf(imports("a/x.ts -> b/y.ts", "b/z.ts -> a/w.ts", "main.ts -> a/x.ts"));

  expect(cycles).toEqual(["src/ has a cycle of a, b:\n  a/x.ts imports b/y.ts\n  b/z.ts imports a/w.ts"]);
});

test("a folder and a file beside it that import each other are a cycle", () => {
  expect(cyclesOf(imports("a/x.ts -> noun.ts", "noun.ts -> a/y.ts"))).toHaveLength(1);
});

test("a cycle over three folders is found", () => {
  expect(cyclesOf(imports("a/x.ts -> b/x.ts", "b/y.ts -> c/x.ts", "c/y.ts -> a/y.ts"))).toHaveLength(1);
});

test("a cycle inside a folder is reported for that folder", () => {
  const cycles = cyclesOf(imports("a/b/x.ts -> a/c/x.ts", "a/c/y.ts -> a/b/y.ts"));

  expect(cycles[0]).toMatch(/^src\/a has a cycle of b, c:/);
});

test("nouns below folders below the root file are no cycle", () => {
  const road = imports(
    "main.ts -> a/x.ts",
    "main.ts -> b/x.ts",
    "a/x.ts -> noun.ts",
    "b/x.ts -> noun.ts",
    "a/x.ts -> b/x.ts",
  );

  expect(cyclesOf(road)).toEqual([]);
});

test("a folder's own files may import its subfolders, which import its other files", () => {
  expect(cyclesOf(imports("a/root.ts -> a/b/x.ts", "a/b/x.ts -> a/noun.ts"))).toEqual([]);
});

test("files that know each other's types, without a folder, are left to the linter", () => {
  expect(cyclesOf(imports("a/x.ts -> a/y.ts", "a/y.ts -> a/x.ts"))).toEqual([]);
});

test("every form of import is seen", () => {
  const source = [
    'import { a } from "./a.ts";',
    'import type { b } from "../b.ts";',
    "import {",
    "  c,",
    "  type C,",
    '} from "./c/c.ts";',
    'import * as d from "./d.ts";',
    'export { e } from "./e.ts";',
    'export * from "./f.ts";',
    'import "./g.ts";',
    'const h = await import("./h.ts");',
    'import { z } from "zod";',
  ].join("\n");

  const found = importsIn("x/file.ts", source).map(({ to }) => to);
  expect(found).toEqual(["x/a.ts", "b.ts", "x/c/c.ts", "x/d.ts", "x/e.ts", "x/f.ts", "x/g.ts", "x/h.ts"]);
});

test("a workspace without sources is an error, not a workspace without cycles", () => {
  expect(() => findFolderCycles(["packages/absent"])).toThrow("packages/absent: expected a workspace with sources");
});
