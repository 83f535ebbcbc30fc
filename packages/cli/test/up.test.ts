// `agent-team up` in a process of its own: its output, and what remains when it is interrupted.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "@agent-team/test-support/free-port";
import { taskProcesses } from "@agent-team/test-support/task-processes";
import { expect, onTestFinished, test } from "vitest";
import { TEST_VPC } from "./support.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

interface Running {
  readonly child: ChildProcess;
  /** The working directory, in which the command writes its files. */
  readonly folder: string;
  /** Reads the output until it matches, and resolves to all of it so far. */
  until(pattern: RegExp): Promise<string>;
}

function startUp(port: number, env: Readonly<Record<string, string>> = {}): Running {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-up-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const child = spawn(process.execPath, ["--conditions=source", MAIN, "up", "--agents", "1", "--vpc", TEST_VPC], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env, PORT: String(port) },
    cwd: folder,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  let text = "";
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`ended before ${pattern}: ${text}`);
      text += `${value}\n`;
    }
    return text;
  };
  return { child, folder, until };
}

test("up prints the URL when the system is ready, and nothing remains after Ctrl-C", { timeout: 60_000 }, async () => {
  const port = await freePort();
  const { child, folder, until } = startUp(port);
  const text = await until(/Ctrl-C stops everything/);
  // The first address of the output.
  expect(/https?:\/\/\S+/.exec(text)?.[0]).toBe(`http://127.0.0.1:${port}/`);
  const page = await fetch(`http://127.0.0.1:${port}/`);
  expect(await page.text()).toContain("<title>Agent Team</title>");
  expect(text).toContain('eval "$(npx agent-team env)"');
  const api = await fetch(/AWS API {5}(\S+)/.exec(text)?.[1] ?? "");
  expect(await api.json()).toMatchObject({ name: "agent-team-local", pid: child.pid });
  expect(existsSync(join(folder, ".local-cloud", "infra", "terraform.tfstate"))).toBe(true);
  const command = /curl -N (\S+) .* -d '(.*)'/.exec(text);
  const response = await fetch(command?.[1] ?? "", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: command?.[2] ?? "",
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("event: turn_completed");
  const exited = once(child, "exit");
  child.kill("SIGINT");
  expect(await exited).toEqual([0, null]);
  expect(taskProcesses(TEST_VPC)).toEqual([]);
  expect(readdirSync(join(folder, ".local-cloud"))).toEqual(["logs"]);
});

test("with AUTH_MODE=api_key callers need a key", { timeout: 60_000 }, async () => {
  const key = "atk_for-this-test";
  const hash = createHash("sha256").update(key).digest("hex");
  const { child, until } = startUp(await freePort(), { AUTH_MODE: "api_key", API_KEYS: `ada:${hash}` });
  const text = await until(/Ctrl-C stops everything/);
  const [, url = "", credential = "", body = ""] = /curl -N (\S+) -H "(.+?)" .* -d '(.*)'/.exec(text) ?? [];
  const [name = "", value = ""] = credential.replace("$TOKEN", key).split(": ");
  const ask = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

  expect((await ask({})).status).toBe(401);
  const answer = await ask({ [name]: value });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("event: turn_completed")]);
  const exited = once(child, "exit");
  child.kill("SIGINT");
  expect(await exited).toEqual([0, null]);
});

test.runIf(process.platform === "linux").each(["SIGINT", "SIGTERM"] as const)(
  "%s during the start ends it at once, and nothing remains",
  async (signal) => {
    const { child, folder, until } = startUp(await freePort());
    await until(/is starting/);
    while (taskProcesses(TEST_VPC).length === 0) await new Promise((resolve) => setImmediate(resolve));
    const exited = once(child, "exit");
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(taskProcesses(TEST_VPC)).toEqual([]);
    expect(readdirSync(join(folder, ".local-cloud"))).toEqual(["logs"]);
  },
);
