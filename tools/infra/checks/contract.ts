/**
 * `infra/CONTRACT.md` says what people may rely on, and beside each line what holds it. Here it is seen to that the holder
 * exists: a link whose text stands, to the letter, in the file it leads to. So a test that is renamed or removed takes its
 * promise with it in the open.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { Subject } from "./subject.ts";

const EXCUSE = "not tested: ";

export function checkContract({ infra }: Subject): readonly string[] {
  const text = readFileSync(join(infra, "CONTRACT.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| promise "));
  const problems = rows.length === 0 ? ["it promises nothing"] : rows.flatMap(problemsOfRow);
  return problems.map((problem) => `infra/CONTRACT.md: ${problem}`);
}

function problemsOfRow(row: string): readonly string[] {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [promise = "", holders = ""] = [cells[1], cells.at(-2)];
  const links = [...holders.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  if (links.length === 0 && !holders.includes(EXCUSE)) return [`${promise}: nothing holds it, and no reason is given`];
  return links
    .filter(([, title = "", link = ""]) => !stands(title, link))
    .map(([, title, link]) => `${promise}: "${title}" is not in ${link}`);
}

/** Links are relative to `infra/`. */
function stands(title: string, link: string): boolean {
  const path = join(ROOT, "infra", link);
  if (!existsSync(path)) return false;
  // A file as a whole is named by its own path.
  return path === join(ROOT, title) || readFileSync(path, "utf8").includes(title);
}
