/** Each rule of decision 0035 names the tests that show it. These tests exist, so that the table says what is checked. */

import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const RECORD = "docs/decisions/0035-retries-hedges-and-resuming.md";
const FILES = globSync("packages/grpc-{client,server}/{src,test}/**/*.test.ts", { cwd: ROOT });

interface Rule {
  readonly rule: string;
  /** A test file, and words of a title in it; undefined: the whole file shows the rule. */
  readonly shownBy: readonly { readonly file: string; readonly words: string | undefined }[];
}

/** The rows of the record's table: `| rule | file.test.ts "words", file.test.ts |`. */
function rulesOf(record: string): Rule[] {
  return record.split("\n").flatMap((line) => {
    const [, rule, tests] = /^\| (.+) \| (.*\.test\.ts.*) \|$/.exec(line) ?? [];
    if (rule === undefined || tests === undefined) return [];
    const shownBy = tests.matchAll(/([\w-]+\.test\.ts)|"([^"]+)"/g);
    const pairs: { file: string; words: string | undefined }[] = [];
    for (const [, file, words] of shownBy) {
      if (file !== undefined) pairs.push({ file, words: undefined });
      else pairs.push({ file: pairs.at(-1)?.file ?? "", words });
    }
    return [{ rule, shownBy: pairs }];
  });
}

/** The titles in files of this name: what `test` and `describe` are called with, and the rows of their tables. */
function textOf(file: string): string | undefined {
  const found = FILES.filter((path) => basename(path) === file);
  return found.length === 0 ? undefined : found.map((path) => readFileSync(ROOT + path, "utf8")).join("\n");
}

const RULES = rulesOf(readFileSync(ROOT + RECORD, "utf8"));

test("the record has its 19 rules", () => {
  expect(RULES).toHaveLength(19);
});

describe.each(RULES)("$rule", ({ shownBy }) => {
  test.each(shownBy)("is shown by $file $words", ({ file, words }) => {
    const text = textOf(file);
    expect(text, `${file} exists`).toBeDefined();
    if (words === undefined) return expect(text).toMatch(/\btest(\.each)?\(/);
    const title = words.replace(/ …$/, "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    expect(text, `a title with ${JSON.stringify(words)}`).toMatch(new RegExp(`["'\`][^"'\`\\n]*${title}`));
  });
});
