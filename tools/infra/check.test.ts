import { expect, test } from "vitest";
import { add, type Check, runChecks, toLine } from "./check.ts";

const good: Check = { name: "good", run: () => ({ findings: [], note: "3 resources" }) };
const bad: Check = { name: "bad", run: () => ({ findings: ["a.tf: wrong", "b.tf: wrong"] }) };
const broken: Check = {
  name: "broken",
  run: () => {
    throw new Error("no such file");
  },
};
const absent: Check = {
  name: "absent",
  missing: () => "no terraform in PATH",
  loss: "whether it plans",
  run: good.run,
};

async function linesOf(checks: readonly Check[], requireAll = false): Promise<string[]> {
  const lines: string[] = [];
  const tally = await runChecks(checks, {
    print: (line) => lines.push(line.replace(/ \([\d.]+ s\)$/, "")),
    requireAll,
  });
  return [...lines, toLine(tally)];
}

test("all checks run, also after a failure, and each is counted once", async () => {
  expect(await linesOf([bad, broken, good])).toEqual([
    "FAILED  bad",
    "        a.tf: wrong",
    "        b.tf: wrong",
    "FAILED  broken",
    "        no such file",
    "ok      good: 3 resources",
    "1 passed, 2 failed, 0 skipped",
  ]);
});

test("a missing tool is one line with what is not checked", async () => {
  expect(await linesOf([absent])).toEqual([
    "SKIPPED absent: no terraform in PATH; not checked: whether it plans",
    "0 passed, 0 failed, 1 skipped",
  ]);
});

test("a missing tool is a failure where all are required", async () => {
  expect(await linesOf([absent], true)).toEqual([
    "FAILED  absent: no terraform in PATH; not checked: whether it plans",
    "0 passed, 1 failed, 0 skipped",
  ]);
});

test("the counts of parallel runs are added", () => {
  const some = { passed: 2, failed: 1, skipped: 0 };
  expect(add([some, { passed: 3, failed: 0, skipped: 4 }])).toEqual({ passed: 5, failed: 1, skipped: 4 });
});
