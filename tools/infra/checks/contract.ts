/**
 * `infra/CONTRACT.md` lists the promises to users, each with links to its tests. A link's text must occur, to the letter, in
 * the file that it leads to, so that a test cannot be renamed or removed without its promise. The default of a variable that
 * a promise names must be the promised value.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { Findings } from "./findings.ts";
import { argumentOf, blocksOfKind, type HclText } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

const EXCUSE = "not tested: ";

export function* checkContract({ infra, hcl }: Subject): Findings {
  const text = readFileSync(join(infra, "CONTRACT.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| promise "));
  const defaults = defaultsOf(hcl);
  if (rows.length === 0) yield "infra/CONTRACT.md has no promise";
  for (const row of rows) {
    const [, promise = "", value = "", tests = ""] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    for (const problem of [...untested(promise, tests), ...otherDefaults(promise, value, defaults)])
      yield `infra/CONTRACT.md: ${problem}`;
  }
}

function* untested(promise: string, tests: string): Findings {
  const links = [...tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  if (links.length === 0 && !tests.includes(EXCUSE)) yield `${promise}: it has no test, and no reason is given`;
  for (const [, title = "", link = ""] of links)
    if (!isIn(title, link)) yield `${promise}: "${title}" is not in ${link}`;
}

/** The variables of a promise must have their promised values as defaults, in the same order. */
function* otherDefaults(promise: string, value: string, defaults: ReadonlyMap<string, string>): Findings {
  const words = value.split(/[\s,;]+/);
  let from = 0;
  for (const [, name = ""] of promise.matchAll(/`(\w+)`/g)) {
    const actual = defaults.get(name);
    if (actual === undefined) continue;
    const at = words.indexOf(actual, from);
    if (at < 0) yield `${name}: ${value} is promised, and the default is ${actual}`;
    else from = at + 1;
  }
}

/** The defaults that are neither a list nor an object. */
function defaultsOf(hcl: HclText): ReadonlyMap<string, string> {
  const defaults = blocksOfKind(hcl, "variable").map(
    (block) => [block.name, argumentOf(block, "default") ?? "null"] as const,
  );
  return new Map(
    defaults
      .filter(([, value]) => value !== "null" && !/^[[{]/.test(value))
      .map(([name, value]) => [name, value.replaceAll('"', "")]),
  );
}

/** Links are relative to `infra/`. The text of a link to a whole file is the file's path. */
function isIn(title: string, link: string): boolean {
  const path = join(ROOT, "infra", link);
  return existsSync(path) && (path === join(ROOT, title) || readFileSync(path, "utf8").includes(title));
}
