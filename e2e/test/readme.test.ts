/** The README is run as it stands: its snippet, its commands, against a cloud of this test instead of `npm start`'s. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud("127.25.0.0/16");
}, 30_000);
afterAll(() => cloud.close());

/** The contents of the README's fenced blocks in one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text ?? "");
}

/** Runs a block in bash, on this test's gateway. */
async function bash(block: string): Promise<string> {
  const script = block.replaceAll("http://127.0.0.1:8000", cloud.url);
  const { stdout } = await run("bash", ["-euc", script], { cwd: root, timeout: 15_000 });
  return stdout;
}

test("the snippet is docs/examples/first-call.ts, word for word, and prints the agent's answer", async () => {
  const example = join("docs", "examples", "first-call.ts");
  expect(blocks("ts")).toEqual([readFileSync(join(root, example), "utf8")]);

  const env = { ...process.env, ...cloud.clientEnvironment() };
  const { stdout } = await run(process.execPath, ["--conditions=source", example], { cwd: root, env, timeout: 15_000 });
  expect(stdout).toMatch(/^Hello! /);
});

test("its curl commands do what the text around them says", async () => {
  const [hello, orders, storeAndDiscover, ...others] = blocks("bash").filter((block) => block.includes("curl"));
  expect(others).toEqual([]);

  expect(await bash(hello ?? "")).toContain("event: turn_completed");
  expect(await bash(orders ?? "")).toContain("event: workflow_proposed");
  const stored = await bash(storeAndDiscover ?? "");
  expect(stored).toContain('"version":1');
  expect(stored).toContain('"workflow-agent":{"target":');
});

test("every npm command it names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run )?(?:-s )?([a-z-]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
