// `npm test` run on small folders of tests that go wrong in the ways that a runner can miss.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const IMPORT = 'import { beforeAll, describe, test } from "vitest";\n';
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs the tool on one test file; resolves with its exit code and its output. */
function run(source: string, ...args: readonly string[]): Promise<{ code: number; output: string; lastLine: string }> {
  const folder = mkdtempSync(join(tmpdir(), "tools-test-"));
  folders.push(folder);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "a.test.ts"), IMPORT + source);
  return new Promise((resolve) => {
    const tool = join(ROOT, "tools", "test.ts");
    const child = execFile(process.execPath, [tool, "--root", folder, ...args], (_, stdout, stderr) => {
      const lines = stdout.trimEnd().split("\n");
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr, lastLine: lines.at(-1) ?? "" });
    });
  });
}

test("a green run ends with its figures and exit code 0", async () => {
  const { code, lastLine } = await run('test("a", () => {}); test("b", () => {});');
  expect({ code, lastLine }).toEqual({ code: 0, lastLine: "2 passed, 0 failed" });
});

test("what is skipped is named with its reason and counted", async () => {
  const { code, lastLine, output } = await run('test("a", () => {}); test("b", ({ skip }) => skip("no Redis here"));');
  expect({ code, lastLine }).toEqual({ code: 0, lastLine: "1 passed, 0 failed, 1 skipped" });
  expect(output).toContain("SKIPPED a.test.ts: b (no Redis here)");
});

test.for([
  ["a test that fails", 'test("a", () => {}); test("b", () => { throw new Error("no"); });', /^1 passed, 1 failed$/],
  ["a file that does not load", 'throw new Error("no");', /^0 passed, 1 failed$/],
  [
    "a hook that throws in a group",
    'test("a", () => {}); describe("g", () => { beforeAll(() => { throw new Error("no"); }); test("b", () => {}); });',
    /^1 passed, 1 failed, 1 skipped$/,
  ],
  [
    "an error that no test awaited",
    'test("a", () => { void Promise.reject(new Error("no")); });',
    /^1 passed, 1 failed$/,
  ],
  ["a worker that dies", 'test("a", () => { process.kill(process.pid, "SIGKILL"); });', /^0 passed, [12] failed$/],
] as const)("%s is a failure", async ([, source, expected]) => {
  const { code, lastLine } = await run(source);
  expect(lastLine).toMatch(expected);
  expect(code).toBe(1);
});

test("arguments are vitest's: a name chooses, and choosing nothing is a failure", async () => {
  const two = 'test("a", () => {}); test("b", () => { throw new Error("no"); });';
  expect((await run(two, "-t", "a")).lastLine).toBe("1 passed, 0 failed, 1 skipped");
  expect((await run(two, "no-such-file")).code).toBe(1);
});
