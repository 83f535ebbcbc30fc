/**
 * Mistakes that somebody made, or could make unseen. Each lesson makes one of them in a copy of `infra/`, and the check
 * that knows it has to say so. A mistake that can no longer be made in the way that is written there is an error: the
 * lesson would pass for nothing.
 */

import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { readSubject, type Subject } from "../checks/subject.ts";

type Rule = (subject: Subject) => readonly string[] | Promise<readonly string[]>;

/** The name of a file, what it holds, and what stands there instead. */
export type Change = readonly [name: string, from: string | RegExp, to: string];

export const INFRA = join(ROOT, "infra");

/**
 * What a rule says of a copy in which the first file of that name that holds `from` was changed, a line each.
 * @throws Error when no file holds it
 */
export function findingsAfter(rule: Rule, ...change: Change): Promise<string> {
  return findingsAfterAll(rule, [change]);
}

/** The same after several changes, which are one only together. */
export async function findingsAfterAll(rule: Rule, changes: readonly Change[]): Promise<string> {
  using copy = new Copy();
  for (const change of changes) copy.change(...change);
  return (await rule(await readSubject(copy.folder))).join("\n");
}

class Copy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "infra-lesson-"));

  constructor() {
    cpSync(INFRA, this.folder, { recursive: true });
  }

  change(...[name, from, to]: Change): void {
    const paths = globSync(`**/${name}`, { cwd: this.folder }).map((file) => join(this.folder, file));
    const changed = paths
      .toSorted()
      .map((path) => ({ path, before: readFileSync(path, "utf8") }))
      .map(({ path, before }) => ({ path, before, after: before.replace(from, to) }))
      .find(({ before, after }) => before !== after);
    if (changed === undefined) throw new Error(`no ${name} holds ${from}: the mistake can no longer be made this way`);
    writeFileSync(changed.path, changed.after);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
