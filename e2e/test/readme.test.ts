/** Runs the snippet and the commands of the README against a cloud of this test. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentTeamServices } from "@agent-team/local-cloud";
import { freePort } from "@agent-team/test-support/free-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

let cloud: TestCloud;
/** In the place of the README's 8099, which may be taken. */
let ordersPort: number;

beforeAll(async () => {
  ordersPort = await freePort();
  const environment = { HTTP_ALLOW_HOSTS: `127.0.0.1:${ordersPort}` };
  cloud = await startTestCloud("127.30.0.0/16", { services: agentTeamServices({ environment }) });
}, 30_000);
afterAll(() => cloud?.close());

/** The contents of the README's fenced blocks in one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text ?? "");
}

/** Runs a block in bash, on this test's gateway. */
async function bash(block: string): Promise<string> {
  const { stdout } = await run("bash", ["-euc", here(block)], { ...options(), timeout: 30_000 });
  return stdout;
}

function here(block: string): string {
  return block
    .replaceAll("http://127.0.0.1:8000", cloud.url)
    .replaceAll("127.0.0.1:8099", `127.0.0.1:${ordersPort}`)
    .replaceAll("npx agent-team", "node packages/cli/bin/agent-team.mjs"); // which is what npx finds, a second later
}

function options(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  return { cwd: root, env: { ...process.env, AGENT_TEAM_URL: cloud.url } };
}

test("the snippet is docs/examples/first-call.ts, word for word, and prints the agent's answer", async () => {
  const example = join("docs", "examples", "first-call.ts");
  expect(blocks("ts")).toEqual([readFileSync(join(root, example), "utf8")]);

  const env = { ...process.env, ...cloud.clientEnvironment() };
  const { stdout } = await run(process.execPath, ["--conditions=source", example], { cwd: root, env, timeout: 30_000 });
  expect(stdout).toMatch(/^Hello! /);
});

test("its commands, in order, end in a run that did what was asked", async () => {
  const [hello, start, draft, storeAndRun, approveAndWatch, discover, ...others] = blocks("bash").filter((block) =>
    /curl|orders-server/.test(block),
  );
  expect(others).toEqual([]);
  expect(await bash(hello ?? "")).toContain("event: turn_completed");

  const [, file = ""] = /npm run example -- (\S+)/.exec(start ?? "") ?? [];
  await using orders = await startOrders(file);
  expect(await bash(draft ?? "")).toContain("event: workflow_proposed");
  const [store = "", runIt = ""] = (storeAndRun ?? "").trim().split("\n");
  const workflow = JSON.parse(await bash(store)) as { id: string };
  await using running = startInBash(runIt.replace("WORKFLOW_ID", workflow.id));
  const [, runId = ""] = await running.prints(/^Run (\S+) has started\.$[^]* asks: /m);
  expect(orders.lines()).toEqual(["GET /orders"]);

  const [approve = "", watch = ""] = (approveAndWatch ?? "").replaceAll("RUN_ID", runId).trim().split("\n");
  expect(await bash(approve)).toBe("");
  await running.prints(/^run {2}succeeded$/m);
  expect(await running.exitCode).toBe(0);
  expect(orders.lines()).toEqual(["GET /orders", 'POST /audit {"total":1200}']);
  expect(await bash(watch)).toMatch(/^run {2}waiting$[^]*^run {2}succeeded$/m);

  expect(await bash(discover ?? "")).toContain('"workflow-agent":{"target":');
});

interface Running extends AsyncDisposable {
  /** Resolves when what it printed matches. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exitCode: Promise<number>;
}

/** Begins a block that waits for the next ones. */
function startInBash(block: string): Running {
  const child: ChildProcess = spawn("bash", ["-euc", `exec ${here(block)}`], {
    ...options(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  return {
    async prints(pattern) {
      for (;;) {
        const match = pattern.exec(printed);
        if (match !== null) return match;
        if (child.exitCode !== null) throw new Error(`ended before ${pattern}: ${printed}`);
        await Promise.race([once(child.stdout ?? child, "data"), ended]);
      }
    },
    exitCode: ended.then(([code]) => code as number),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The README's own service, on the port that this test's engine may call. */
async function startOrders(file: string): Promise<AsyncDisposable & { lines(): readonly string[] }> {
  const child = spawn(process.execPath, ["--conditions=source", file, String(ordersPort)], { cwd: root });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  while (!printed.includes("listening")) await once(child.stdout, "data");
  return {
    lines: () => printed.trim().split("\n").slice(1),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

test("every npm command it names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run )?(?:-s )?([a-z-]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
