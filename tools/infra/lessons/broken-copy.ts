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

export const INFRA = join(ROOT, "infra");

/**
 * What a rule says of a copy in which the first file of that name that holds `from` was changed, a line each.
 * @throws Error when no file holds it
 */
export async function findingsAfter(rule: Rule, name: string, from: string | RegExp, to: string): Promise<string> {
  using copy = new Copy();
  copy.change(name, from, to);
  return (await rule(await readSubject(copy.folder))).join("\n");
}

class Copy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "infra-lesson-"));

  constructor() {
    cpSync(INFRA, this.folder, { recursive: true });
  }

  change(name: string, from: string | RegExp, to: string): void {
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
