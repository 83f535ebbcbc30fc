/** A twentieth of `npm run fuzz`, and that it finds what is wrong. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fuzz, TARGETS, type Target } from "./fuzz/run.ts";
import { readTask } from "./fuzz/task.ts";

const INPUTS = 17_000;
const FIRST_SEED = 1;

test.each(Object.keys(TARGETS))(`%s: ${INPUTS} inputs from seed ${FIRST_SEED}`, (name) => {
  expect(fuzz(TARGETS[name] as Target, FIRST_SEED, INPUTS)).toEqual([]);
});

test("an input that fails is named by its seed, which repeats it", () => {
  const failing: Target = (dice) => {
    if (dice.below(100) === 7) throw new TypeError("as arranged");
  };
  const failures = fuzz(failing, 1, 1_000);
  expect(failures.length).toBeGreaterThan(0);
  for (const { seed } of failures) expect(fuzz(failing, seed, 1)).toHaveLength(1);
});

test("an input under which the target does not end is a failure, and the inputs behind it are run", () => {
  let inputs = 0;
  const hanging: Target = () => {
    inputs++;
    while (inputs === 1);
  };
  expect(fuzz(hanging, 7, 3, 250)).toMatchObject([{ seed: 7, error: { code: "ERR_SCRIPT_EXECUTION_TIMEOUT" } }]);
  expect(inputs).toBe(3);
});

function run(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const main = join(import.meta.dirname, "fuzz", "main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, main, ...args], {
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

test("npm run fuzz ends with the number of inputs", () => {
  const { status, out } = run("--count", "101", "--seed", "5");
  expect({ status, lines: out.trimEnd().split("\n") }).toEqual({
    status: 0,
    lines: [
      "hpack: 34 inputs from seed 5, 0 failed",
      "frames: 34 inputs from seed 5, 0 failed",
      "server: 33 inputs from seed 5, 0 failed",
      "101 inputs, 0 failed",
    ],
  });
});

test("a wrong argument is refused in one line", () => {
  const { status, err } = run("hpak");
  expect({ status, err }).toEqual({
    status: 2,
    err: 'npm run fuzz [-- TARGET…] [--count N] [--seed N]: expected one of hpack, frames, server; got "hpak"\n',
  });
});

test("arguments choose the targets, the number of inputs and the first seed", () => {
  expect(readTask([])).toEqual({ names: ["hpack", "frames", "server"], count: 1_000_000, seed: 1 });
  expect(readTask(["frames", "--count", "10", "--seed=7"])).toEqual({ names: ["frames"], count: 10, seed: 7 });
  expect(() => readTask(["--count", "many"])).toThrow('--count: expected a number below 1,000,000,000, got "many"');
  expect(() => readTask(["--sed", "1"])).toThrow("Unknown option '--sed'");
});
