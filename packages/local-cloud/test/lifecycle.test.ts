// The tasks of a service start, fail, are replaced, scaled and rolled, and DNS follows.

import { Resolver } from "node:dns/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LocalCloud, TaskDescription } from "../src/index.ts";
import { startLocalCloud } from "../src/index.ts";
import {
  echoService,
  fixture,
  greet,
  isAlive,
  nextEvent,
  startTestCloud,
  testFolder,
  testVpc,
  until,
} from "./support.ts";

const SERVICE = "workflow-agent";

function resolverOf(cloud: LocalCloud): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${cloud.dnsServer.host}:${cloud.dnsServer.port}`]);
  return resolver;
}

/** The addresses in DNS; empty when the name does not exist. */
function visible(cloud: LocalCloud): Promise<readonly string[]> {
  return resolverOf(cloud)
    .resolve4(`${SERVICE}.${cloud.namespace}`)
    .catch(() => []);
}

const hostsOf = (cloud: LocalCloud): readonly string[] =>
  cloud
    .tasks(SERVICE)
    .map(({ host }) => host)
    .toSorted();

const showsExactly =
  (hosts: readonly string[]) =>
  (shown: readonly string[]): boolean =>
    shown.toSorted().join() === hosts.join();

test("each task has an address of its own and the contract port, in alternating zones, and is in DNS", async () => {
  const cloud = await startTestCloud();
  expect(cloud.tasks().map(({ zone, port, healthPort }) => ({ zone, port, healthPort }))).toEqual([
    { zone: "local-1a", port: 50051, healthPort: 8080 },
    { zone: "local-1b", port: 50051, healthPort: 8080 },
  ]);
  for (const { host, port } of cloud.tasks()) {
    const { socket, from } = await greet(host, port);
    expect(from).toBe(`${host}:50051`);
    socket.destroy();
  }
  await until(() => visible(cloud), showsExactly(hostsOf(cloud)));
  const [record] = await resolverOf(cloud).resolveSrv(`${SERVICE}.${cloud.namespace}`);
  expect(record?.port).toBe(50051);
  expect(hostsOf(cloud)).toContain((await resolverOf(cloud).resolve4(record?.name ?? ""))[0]);
});

test("a killed task is replaced at once, on another address", async () => {
  const cloud = await startTestCloud();
  const [victim, survivor] = cloud.tasks();
  await cloud.killTask(victim?.id ?? "");
  await cloud.steady(SERVICE);
  const ids = cloud.tasks().map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(ids).toContain(survivor?.id);
  expect(ids).not.toContain(victim?.id);
  expect(hostsOf(cloud)).not.toContain(victim?.host);
  await until(() => visible(cloud), showsExactly(hostsOf(cloud)));
});

test("a task that was killed from outside is replaced, and its event has its last lines", async () => {
  const cloud = await startTestCloud();
  const victim = cloud.tasks()[0];
  const failed = nextEvent(cloud, ({ kind }) => kind === "task-failed");
  process.kill(victim?.pid ?? 0, "SIGKILL");
  expect(await failed).toMatchObject({
    task: { id: victim?.id, exit: "killed by SIGKILL" },
    lastLines: [expect.stringMatching(/^\{"PATH":/)],
  });
  await cloud.steady(SERVICE);
  expect(cloud.tasks()).toHaveLength(2);
});

test("the number of tasks follows the desired count", async () => {
  const cloud = await startTestCloud();
  await cloud.setDesired(SERVICE, 4);
  expect(cloud.tasks().filter(({ state }) => state === "running")).toHaveLength(4);
  await until(() => visible(cloud), showsExactly(hostsOf(cloud)));
  await cloud.setDesired(SERVICE, 1);
  await until(
    () => cloud.tasks(),
    (tasks) => tasks.length === 1,
  );
  await until(() => visible(cloud), showsExactly(hostsOf(cloud)));
  await cloud.setDesired(SERVICE, 0);
  await until(() => visible(cloud), showsExactly([]));
});

test("roll starts the new tasks before an old one stops, and every old one ends", async () => {
  const cloud = await startTestCloud();
  const old = cloud.tasks();
  let fewestRunning = Number.POSITIVE_INFINITY;
  cloud.subscribe(() => {
    fewestRunning = Math.min(fewestRunning, cloud.tasks().filter(({ state }) => state === "running").length);
  });
  await cloud.roll(SERVICE);
  await until(
    () => cloud.tasks(),
    (tasks) => tasks.length === 2,
  );
  expect(fewestRunning).toBeGreaterThanOrEqual(2);
  expect(cloud.tasks().map(({ revision, state }) => ({ revision, state }))).toEqual([
    { revision: 2, state: "running" },
    { revision: 2, state: "running" },
  ]);
  expect(old.filter(({ pid }) => isAlive(pid ?? 0))).toEqual([]);
});

test("a stopped task finishes its connections, and is not in DNS meanwhile", async () => {
  const cloud = await startTestCloud();
  const task = cloud.tasks()[0];
  if (task === undefined) throw new Error("no task");
  const { socket } = await greet(task.host, task.port);
  const stopped = cloud.stopTask(task.id);
  expect(cloud.tasks().find(({ id }) => id === task.id)?.state).toBe("draining");
  await until(
    () => visible(cloud),
    (shown) => !shown.includes(task.host),
  );
  let echoed = "";
  socket.on("data", (chunk: Buffer) => (echoed += chunk.toString()));
  socket.write("still here");
  await until(
    () => echoed,
    (text) => text === "still here",
  );
  socket.end();
  await stopped;
  expect(isAlive(task.pid ?? 0)).toBe(false);
});

test("a task that does not end before the stop timeout is killed", async () => {
  const cloud = await startTestCloud({
    timing: { stopTimeoutMs: 100 },
    services: [echoService({ environment: { STUBBORN: "true" } })],
  });
  const task = cloud.tasks()[0];
  const ended = nextEvent(cloud, (event) => event.kind === "task-changed" && event.task.state === "stopped");
  await cloud.stopTask(task?.id ?? "");
  expect(await ended).toMatchObject({ task: { id: task?.id, exit: "killed by SIGKILL" } });
});

test("the output of a task is in the file of its log stream", async () => {
  const logFolder = testFolder();
  const cloud = await startTestCloud({ logFolder });
  for (const { id, host } of cloud.tasks()) {
    const file = join(logFolder, SERVICE, SERVICE, `${id}.log`);
    await until(
      () => existsSync(file) && readFileSync(file, "utf8"),
      (text) => text !== false && text.endsWith("\n"),
    );
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ GRPC_HOST: host });
  }
});

test("the error for a service that does not start has its last lines, and no process remains", async () => {
  const services = [
    echoService({ name: "good" }),
    echoService({ name: "bad", program: fixture("broken-task"), desired: 1 }),
  ];
  const pids: (number | undefined)[] = [];
  const start = startLocalCloud({
    vpc: testVpc(),
    services,
    logFolder: testFolder(),
    speed: 100,
    onEvent: (event) => event.kind === "task-changed" && pids.push(event.task.pid),
  });
  await expect(start).rejects.toThrow(
    /^bad does not stay up: 3 tasks ended, .*exit code 1.*\n  PORT=abc: expected a port$/s,
  );
  expect(pids.filter((pid) => isAlive(pid ?? 0))).toEqual([]);
});

test.each(["before", "during"])("no process remains when the start is aborted %s its first task", async (when) => {
  const abort = new AbortController();
  if (when === "before") abort.abort(new Error("Ctrl-C"));
  const tasks = new Map<string, TaskDescription>();
  const start = startLocalCloud({
    vpc: testVpc(),
    services: [echoService(), echoService({ name: "workflow-engine", clientPrefix: "WORKFLOW_ENGINE" })],
    logFolder: testFolder(),
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind !== "task-changed") return;
      tasks.set(event.task.id, event.task);
      abort.abort(new Error("Ctrl-C"));
    },
  });
  await expect(start).rejects.toThrow("Ctrl-C");
  expect([...tasks.values()].filter(({ state, pid }) => state !== "stopped" || isAlive(pid ?? 0))).toEqual([]);
});

test("unknown names and ids, and counts out of range, are refused", async () => {
  const cloud = await startTestCloud();
  await expect(cloud.setDesired("unknown", 1)).rejects.toThrow("service: expected one of workflow-agent, got unknown");
  await expect(cloud.setDesired(SERVICE, -1)).rejects.toThrow("desired: expected a whole number from 0 to 50, got -1");
  await expect(cloud.setDesired(SERVICE, 51)).rejects.toThrow("desired: expected a whole number from 0 to 50, got 51");
  await expect(startTestCloud({ services: [echoService({ desired: 1.5 })] })).rejects.toThrow(
    "services.workflow-agent.desired: expected a whole number from 0 to 50, got 1.5",
  );
  await expect(cloud.killTask("abc")).rejects.toThrow("task: expected the id of a running task, got abc");
});
