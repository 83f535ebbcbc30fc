import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { NodeState, type Run, RunState, WorkflowEngineService } from "@agent-team/contracts";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { InProcessJournal, serveJournal } from "@agent-team/journal/host";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import type { EngineClient } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer } from "./http-server-on-loopback.ts";
import { create, ended } from "./running.ts";
import { fetching, manual, specOf, transform } from "./specs.ts";

const MAIN: string = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Its programs start with half the CPU. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };

/** Starts the engine as a process that ends with the test. */
function start(env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    env: { ...COMPILE_CACHE, GRPC_HOST: "127.0.0.1", GRPC_PORT: "0", HEALTH_PORT: "0", LAME_DUCK_MS: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

/** An engine in a process, when it serves. */
interface EngineProcess {
  readonly child: ChildProcess;
  readonly log: readonly Record<string, unknown>[];
  readonly client: EngineClient;
  readonly channel: Channel;
}

async function serving(env: Readonly<Record<string, string>>): Promise<EngineProcess> {
  const child = start(env);
  const log = linesOf(child);
  const line = await vi.waitUntil(() => log.find(({ msg }) => msg === "serving"), { timeout: 20_000 });
  const channel = createChannel(String(line["address"]));
  onTestFinished(() => channel.close());
  return { child, log, channel, client: createClient(WorkflowEngineService, createConnectTransport(channel)) };
}

/** The parsed lines of its log; grows while it writes. */
function linesOf(child: ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  if (child.stdout !== null) createInterface(child.stdout).on("line", (line) => lines.push(JSON.parse(line)));
  return lines;
}

/** The children of a process; none where `/proc` does not tell. */
function childrenOf(pid: number): readonly number[] | undefined {
  if (process.platform !== "linux") return [];
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

/** Two engines on one store, and a run of the first one in mid-request. */
interface Pair {
  readonly one: EngineProcess;
  readonly two: EngineProcess;
  /** Holds back its answers at "/". */
  readonly server: LoopbackHttpServer;
  readonly workflowId: string;
  readonly run: Run | undefined;
  answer(): void;
}

/** `released`: the server answers at "/then" after it. Default: at once. */
async function pairWith(store: Readonly<Record<string, string>>, released = Promise.resolve()): Promise<Pair> {
  const held = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void held.promise.then(() => json("ok")(request, response)),
    "/then": (request, response) => void released.then(() => json("ok")(request, response)),
  });
  const env = { HTTP_ALLOW_HOSTS: server.authority, RUN_LEASE_MS: "1000", ...store };
  const [one, two] = await Promise.all([serving(env), serving(env)]);
  const nodes = [manual(), fetching("get", { url: server.url }), fetching("then", { url: `${server.url}/then` })];
  const workflowId = await create(two.client, specOf(nodes, ["start -> get", "get -> then"]));
  const { run } = await one.client.startRun({ workflowId });
  await vi.waitUntil(() => server.seen.length === 1);
  return { one, two, server, workflowId, run, answer: held.resolve };
}

const pathsOf = ({ seen }: LoopbackHttpServer): readonly string[] => seen.map(({ path }) => path);

test("two engines with one Redis run each other's workflows; one goes on when the other is killed; a dead Redis is UNAVAILABLE", async ({
  skip,
}) => {
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const { one, two, server, workflowId, run, answer } = await pairWith({ REDIS_URL: redis.url });
  expect((await two.client.listWorkflows({})).workflows.map(({ id }) => id)).toEqual([workflowId]);
  expect((await two.client.listRuns({ workflowId })).runs.map(({ id }) => id)).toEqual([run?.id]);

  one.child.kill("SIGKILL");
  await vi.waitUntil(() => server.seen.length === 2, { timeout: 20_000 });
  answer();

  expect((await ended(two.client, run)).state).toBe(RunState.SUCCEEDED);
  expect(pathsOf(server)).toEqual(["/", "/", "/then"]);
  expect(new Set(server.seen.slice(0, 2).map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  await redis.kill();
  const call = two.client.getWorkflow({ workflowId });
  expect(await errorOf(call)).toMatchObject({ code: "Unavailable", reason: "STORE_UNAVAILABLE" });
});

test("with the journal of a local cloud: a killed engine leaves no expression process, another one goes on, and after SIGTERM it ends with its runs and not before", async () => {
  const journal = await serveJournal({ journal: new InProcessJournal() });
  onTestFinished(() => journal.close());
  const { one, two, server, answer } = await pairWith({ JOURNAL_URL: journal.url });
  const endless = transform("loop", "( $f := function($n) { $f($n + 1) }; $f(0) )", { continueOnError: true });
  await one.client.startRun({ workflowId: await create(one.client, specOf([manual(), endless], ["start -> loop"])) });
  const pids = await vi.waitUntil(() => childrenOf(one.child.pid ?? 0));

  one.child.kill("SIGKILL");
  await vi.waitUntil(() => server.seen.length === 2, { timeout: 20_000 });
  await vi.waitUntil(() => pids.every((pid) => !isAlive(pid)));
  const exit = once(two.child, "exit");
  await two.channel.close();
  two.child.kill("SIGTERM");
  await vi.waitUntil(() => two.log.some(({ msg }) => msg === "draining"));
  answer();

  expect(await exit).toEqual([0, null]);
  expect(pathsOf(server)).toEqual(["/", "/", "/then"]);
  expect(two.log.filter(({ level }) => level === "warn")).toEqual([]);
});

/** Each store that several engines can share. */
const STORES: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
  async redis() {
    const redis = await RedisServer.start();
    onTestFinished(() => redis[Symbol.asyncDispose]());
    return { REDIS_URL: redis.url };
  },
  async journal() {
    const journal = await serveJournal({ journal: new InProcessJournal() });
    onTestFinished(() => journal.close());
    return { JOURNAL_URL: journal.url };
  },
};

test.for(Object.keys(STORES))(
  "%s: an engine that was stopped in mid-node appends nothing when it goes on after a takeover",
  async (store, { skip }) => {
    skip(store === "redis" && whyNoRedisServer !== undefined, whyNoRedisServer);
    const released = Promise.withResolvers<void>();
    const { one, two, server, run, answer } = await pairWith((await STORES[store]?.()) ?? {}, released.promise);

    one.child.kill("SIGSTOP");
    await vi.waitUntil(() => server.seen.length === 2, { timeout: 20_000 });
    answer(); // to both: the stopped engine finds its answer when it goes on
    await vi.waitUntil(() => server.seen.length === 3, { timeout: 20_000 });
    one.child.kill("SIGCONT");
    await vi.waitUntil(() => one.log.some(({ msg }) => String(msg).startsWith("another engine has taken over a run")), {
      timeout: 20_000,
    });
    released.resolve();

    expect((await ended(two.client, run)).state).toBe(RunState.SUCCEEDED);
    expect(pathsOf(server)).toEqual(["/", "/", "/then"]);
    const succeeded: string[] = [];
    for await (const { event } of two.client.watchRun({ runId: run?.id ?? "" }))
      if (event.case === "nodeChanged" && event.value.state === NodeState.SUCCEEDED) succeeded.push(event.value.nodeId);
    expect(succeeded).toEqual(["start", "get", "then"]);
  },
);

test("a wrong variable stops the process with one line", async () => {
  const child = start({ JOURNAL_URL: "tcp://host" });
  const stderr = child.stderr === null ? "" : text(child.stderr);

  expect(await once(child, "exit")).toEqual([1, null]);
  expect(await stderr).toBe("JOURNAL_URL=tcp://host: expected a URL such as tcp://host:port\n");
});
