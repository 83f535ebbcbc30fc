import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findProgram } from "./find-program.ts";

test("the first executable file of that name in PATH is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "find-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "program");
  const env = { PATH: ["/no/such/folder", folder].join(delimiter) };
  writeFileSync(program, "");
  chmodSync(program, 0o600);
  expect(findProgram("program", env)).toBeUndefined();
  chmodSync(program, 0o700);
  expect(findProgram("program", env)).toBe(program);
});

test("a program that the machine does not have is undefined", () => {
  expect(findProgram("no-such-program")).toBeUndefined();
  expect(findProgram("sh", {})).toBeUndefined();
});
