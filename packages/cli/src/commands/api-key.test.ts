import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { apiKey } from "./api-key.ts";

async function run(...args: readonly string[]): Promise<{ readonly key: string; readonly entry: string }> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const context = { cwd: import.meta.dirname, env: {}, out: (line: string) => lines.push(line), err: () => {}, signal };
  expect(await apiKey.run(args, context)).toBe(0);
  const [, key = "", entry = ""] = /^key +(\S+)\nAPI_KEYS +(\S+)$/.exec(lines.join("\n")) ?? [];
  return { key, entry };
}

test("the command prints a key, and an entry with its hash", async () => {
  const { key, entry } = await run("ci@example.com");

  expect(key).toMatch(/^atk_[A-Za-z0-9_-]{43}$/);
  expect(entry).toBe(`ci@example.com:${createHash("sha256").update(key).digest("hex")}`);
});

test("each call makes another key", async () => {
  expect((await run("ci")).key).not.toBe((await run("ci")).key);
});

test("the entry has all given scopes", async () => {
  expect((await run("ops", "--scope", "admin", "--scope", "other")).entry).toMatch(/^ops:[0-9a-f]{64}:admin\+other$/);
});
