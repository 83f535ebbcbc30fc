/**
 * `infra/CONTRACT.md` says what people may rely on, and beside each line what holds it. Here it is seen to that the holder
 * exists: a link whose text stands, to the letter, in the file it leads to. So a test that is renamed or removed takes its
 * promise with it in the open. And a variable whose value is promised has that value.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { argumentOf, blocksOfKind, type HclText } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

const EXCUSE = "not tested: ";

export function checkContract({ infra, hcl }: Subject): readonly string[] {
  const text = readFileSync(join(infra, "CONTRACT.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| promise "));
  const defaults = defaultsOf(hcl);
  const problems = rows
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .flatMap(([, promise = "", value = "", holders = ""]) => [
      ...unheld(promise, holders),
      ...otherDefaults(promise, value, defaults),
    ]);
  return (rows.length === 0 ? ["it promises nothing"] : problems).map((problem) => `infra/CONTRACT.md: ${problem}`);
}

function unheld(promise: string, holders: string): readonly string[] {
  const links = [...holders.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  if (links.length === 0 && !holders.includes(EXCUSE)) return [`${promise}: nothing holds it, and no reason is given`];
  return links
    .filter(([, title = "", link = ""]) => !stands(title, link))
    .map(([, title, link]) => `${promise}: "${title}" is not in ${link}`);
}

/** Variables that a promise is named after, and whose defaults are not what it says in their order. */
function otherDefaults(promise: string, value: string, defaults: ReadonlyMap<string, string>): readonly string[] {
  const words = value.split(/[\s,;]+/);
  const names = [...promise.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "");
  let from = 0;
  return names.flatMap((name) => {
    const actual = defaults.get(name);
    const at = actual === undefined ? -1 : words.indexOf(actual, from);
    if (at >= 0) from = at + 1;
    return actual === undefined || at >= 0 ? [] : [`${name}: ${value} is promised, and the default is ${actual}`];
  });
}

/** The defaults that are no list and no object. */
function defaultsOf(hcl: HclText): ReadonlyMap<string, string> {
  return new Map(
    blocksOfKind(hcl, "variable").flatMap((block) => {
      const value = argumentOf(block, "default");
      return value === undefined || value === "null" || /^[[{]/.test(value)
        ? []
        : [[block.name, value.replaceAll('"', "")]];
    }),
  );
}

/** Links are relative to `infra/`. */
function stands(title: string, link: string): boolean {
  const path = join(ROOT, "infra", link);
  if (!existsSync(path)) return false;
  // A file as a whole is named by its own path.
  return path === join(ROOT, title) || readFileSync(path, "utf8").includes(title);
}
