import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { RunState, WorkflowEngineService } from "@agent-team/contracts";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { InProcessJournal, serveJournal } from "@agent-team/journal/host";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import type { EngineClient } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { ended } from "./running.ts";
import { fetching, manual, specOf, transform } from "./specs.ts";

const MAIN: string = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Starts the engine as a process that ends with the test. */
function start(env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    env: { GRPC_HOST: "127.0.0.1", GRPC_PORT: "0", HEALTH_PORT: "0", LAME_DUCK_MS: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

/** A client of the process, when it serves. */
async function clientOf(child: ChildProcess): Promise<EngineClient> {
  const log = linesOf(child);
  const serving = await vi.waitUntil(() => log.find(({ msg }) => msg === "serving"), { timeout: 10_000 });
  const channel = createChannel(String(serving["address"]));
  onTestFinished(() => channel.close());
  return createClient(WorkflowEngineService, createConnectTransport(channel));
}

/** The parsed lines of its log; grows while it writes. */
function linesOf(child: ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  if (child.stdout !== null) createInterface(child.stdout).on("line", (line) => lines.push(JSON.parse(line)));
  return lines;
}

function childrenOf(pid: number): readonly number[] | undefined {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return pids === "" ? undefined : pids.split(" ").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
}

test("SIGTERM ends the process when its runs have ended, and not before", async () => {
  const answer = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
    "/then": json("ok"),
  });
  const child = start({ HTTP_ALLOW_HOSTS: server.authority });
  const exit = once(child, "exit");
  const log = linesOf(child);
  const serving = await vi.waitUntil(() => log.find(({ msg }) => msg === "serving"), { timeout: 10_000 });
  const channel = createChannel(String(serving["address"]));
  const engine = createClient(WorkflowEngineService, createConnectTransport(channel));

  const nodes = [manual(), fetching("slow", { url: server.url }), fetching("then", { url: `${server.url}/then` })];
  const { workflow } = await engine.createWorkflow({ spec: specOf(nodes, ["start -> slow", "slow -> then"]) });
  await engine.startRun({ workflowId: workflow?.id ?? "" });
  await vi.waitUntil(() => server.seen.length === 1);
  await channel.close();
  child.kill("SIGTERM");
  await vi.waitUntil(() => log.some(({ msg }) => msg === "draining"));
  answer.resolve();

  expect(await exit).toEqual([0, null]);
  expect(server.seen.map(({ path }) => path)).toEqual(["/", "/then"]);
  expect(log.filter(({ level }) => level === "warn")).toEqual([]);
});

test("the expression processes end with their engine, also when it is killed while they are busy", async ({ skip }) => {
  skip(process.platform !== "linux", "the children of a process are read from /proc");
  const child = start({});
  const engine = await clientOf(child);
  const endless = transform("loop", "( $f := function($n) { $f($n + 1) }; $f(0) )", { continueOnError: true });
  const { workflow } = await engine.createWorkflow({ spec: specOf([manual(), endless], ["start -> loop"]) });
  await engine.startRun({ workflowId: workflow?.id ?? "" });
  const pids = await vi.waitUntil(() => childrenOf(child.pid ?? 0), { timeout: 10_000 });
  child.kill("SIGKILL");
  await once(child, "exit");

  await vi.waitUntil(() => pids.every((pid) => !isAlive(pid)), { timeout: 10_000 });
});

test("two engines with one Redis read and run each other's workflows, and answer UNAVAILABLE when it has died", async ({
  skip,
}) => {
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  await using redis = await RedisServer.start();
  const children = [start({ REDIS_URL: redis.url }), start({ REDIS_URL: redis.url })];
  const [one, two] = (await Promise.all(children.map(clientOf))) as [EngineClient, EngineClient];

  const { workflow } = await one.createWorkflow({ spec: specOf([manual()], []) });
  const workflowId = workflow?.id ?? "";
  const { run } = await two.startRun({ workflowId });

  const hasSucceeded = async (): Promise<boolean> =>
    (await one.getRun({ runId: run?.id ?? "" })).run?.state === RunState.SUCCEEDED;
  await vi.waitUntil(hasSucceeded, { timeout: 10_000 });
  expect((await two.listWorkflows({})).workflows.map(({ id }) => id)).toEqual([workflowId]);
  expect((await one.listRuns({ workflowId })).runs.map(({ id }) => id)).toEqual([run?.id]);

  await redis.kill();
  const call = two.getWorkflow({ workflowId });
  expect(await errorOf(call)).toMatchObject({ code: "Unavailable", reason: "STORE_UNAVAILABLE" });
});

test.for(["Redis", "the journal of a local cloud"] as const)(
  "a run of a killed engine is ended by another one, with %s",
  async (store, { skip }) => {
    skip(store === "Redis" && whyNoRedisServer !== undefined, whyNoRedisServer);
    const answer = Promise.withResolvers<void>();
    const server = await httpServerOnLoopback({
      "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
    });
    const env = { HTTP_ALLOW_HOSTS: server.authority, ...(await storeOf(store)) };
    const [killed, other] = [start(env), start(env)];
    const [one, two] = await Promise.all([clientOf(killed), clientOf(other)]);
    const nodes = [manual(), fetching("get", { url: server.url }), transform("next", "1")];
    const { workflow } = await one.createWorkflow({ spec: specOf(nodes, ["start -> get", "get -> next"]) });
    const { run } = await one.startRun({ workflowId: workflow?.id ?? "" });
    await vi.waitUntil(() => server.seen.length === 1, { timeout: 10_000 });

    killed.kill("SIGKILL");
    await vi.waitUntil(() => server.seen.length === 2, { timeout: 20_000 });
    answer.resolve();
    const done = await ended(two, run);

    expect(done.state).toBe(RunState.SUCCEEDED);
    expect(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  },
);

/** The variables of engines that share a store, which ends with the test. */
async function storeOf(store: "Redis" | "the journal of a local cloud"): Promise<Readonly<Record<string, string>>> {
  if (store === "Redis") {
    const redis = await RedisServer.start();
    onTestFinished(() => redis[Symbol.asyncDispose]());
    return { REDIS_URL: redis.url };
  }
  const journal = await serveJournal({ journal: new InProcessJournal() });
  onTestFinished(() => journal.close());
  return { JOURNAL_URL: journal.url };
}

test.for([
  ["GRPC_PORT", "abc"],
  ["HTTP_ALLOW_HOSTS", "http://a"],
  ["JOURNAL_URL", "tcp://host"],
  ["REDIS_URL", "redis://host/one"],
  ["MAX_WORKFLOWS_PER_OWNER", "0"],
  ["MAX_RUN_MIB_PER_OWNER", "many"],
  ["RUN_RETENTION_HOURS", "23"],
] as const)(
  "%s=%s stops the process with one line: the variable, its value and what is expected",
  async ([name, value]) => {
    const child = start({ [name]: value });
    const stderr = child.stderr === null ? "" : text(child.stderr);

    expect(await once(child, "exit")).toEqual([1, null]);
    expect(await stderr).toMatch(new RegExp(`^${name}=${value}: expected [^\n]+\n$`));
  },
);

test("production without IDENTITY_SECRET stops the process with one line", async () => {
  const child = start({ ENVIRONMENT: "production" });
  const stderr = child.stderr === null ? "" : text(child.stderr);

  expect(await once(child, "exit")).toEqual([1, null]);
  expect(await stderr).toMatch(/^IDENTITY_SECRET is not set: expected [^\n]+ENVIRONMENT=production[^\n]*\n$/);
});
