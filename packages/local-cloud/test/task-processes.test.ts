// Threads and processes that a task starts run as elsewhere, and end with the task, as in a container.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { echoService, fixture, isAlive, startTestCloud, testFolder, testVpc, until } from "./support.ts";

interface Family {
  readonly pids: readonly number[];
  readonly arguments: readonly string[];
}

/** The processes that the only task of a cloud with this log folder has started. */
async function familyIn(logFolder: string, service: string): Promise<Family> {
  const streams = join(logFolder, service, service);
  const readLog = (): string => readdirSync(streams).map((name) => readFileSync(join(streams, name), "utf8"))[0] ?? "";
  const text = await until(readLog, (log) => log.split("\n").length === 3);
  return JSON.parse(text.split("\n")[1] ?? "") as Family;
}

async function startFamily(): Promise<{ readonly id: string; readonly family: Family } & AsyncDisposable> {
  const logFolder = testFolder();
  const services = [echoService({ program: fixture("family-task"), desired: 1 })];
  const cloud = await startTestCloud({ services, logFolder });
  const id = cloud.tasks()[0]?.id ?? "";
  return {
    id,
    family: await familyIn(logFolder, "workflow-agent"),
    [Symbol.asyncDispose]: () => cloud.killTask(id),
  };
}

test("a task's worker threads, forked and spawned processes run, and its arguments are its own", async () => {
  await using started = await startFamily();
  const { pids, arguments: words } = started.family;
  expect(pids).toHaveLength(2);
  expect(pids.every(isAlive)).toBe(true);
  expect(words).toEqual([fixture("family-task")]);
});

test("the processes that a task started end when it is killed", async () => {
  const started = await startFamily();
  await started[Symbol.asyncDispose]();
  await until(
    () => started.family.pids.filter(isAlive),
    (alive) => alive.length === 0,
  );
});

test("the processes that tasks started end when the cloud is killed", async () => {
  const logFolder = testFolder();
  const args = ["--conditions=source", fixture("cloud-process"), testVpc(), logFolder, fixture("family-task")];
  const cloud = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await until(
    async () => String((await once(cloud.stdout, "data"))[0]),
    (text) => text.includes("steady"),
  );
  const { pids } = await familyIn(logFolder, "echo");
  expect(pids.every(isAlive)).toBe(true);
  cloud.kill("SIGKILL");
  await until(
    () => pids.filter(isAlive),
    (alive) => alive.length === 0,
  );
});
