import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const NOT_JSON = join(import.meta.dirname, "main.ts");

test.for<[what: string, args: readonly string[], line: RegExp]>([
  ["an unknown option", ["--nope"], /^Unknown option '--nope'.*usage: /],
  ["no file", [], /^FILE is missing; usage: /],
  ["a second file", ["a.json", "b.json"], /^expected one FILE, got also b\.json; usage: /],
  ["a missing file", ["missing.json"], /^ENOENT.*missing\.json.*usage: /],
  ["a file that is not JSON", [NOT_JSON], /^\/.*main\.ts: .*JSON.*usage: /],
])("%s is one line and exit code 2", ([, args, line]) => {
  const program = ["--conditions=source", join(import.meta.dirname, "main.ts"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8" });

  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trimEnd()).toMatch(line);
  expect(stderr.trimEnd()).not.toContain("\n");
});
