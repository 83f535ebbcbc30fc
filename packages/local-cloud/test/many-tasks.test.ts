// Many tasks on a busy machine: the limit of starts, and the error for a task that does not become ready.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LocalCloud, startLocalCloud, type TaskDescription } from "../src/index.ts";
import { answerFrom, echoService, startTestCloud, testFolder, testVpc, until } from "./support.ts";

/** A file that keeps tasks from becoming ready while it exists. */
function closedGate(): string {
  const gate = join(testFolder(), "gate");
  writeFileSync(gate, "");
  return gate;
}

/** Resolves to the provisioning tasks that answer, when there are `count`. */
function starting(cloud: LocalCloud, count: number): Promise<readonly TaskDescription[]> {
  return until(
    async () => {
      const tasks = cloud.tasks().filter(({ state }) => state === "provisioning");
      const answering = await Promise.all(
        tasks.map(({ host, healthPort }) => fetch(`http://${host}:${healthPort}/livez`).catch(() => undefined)),
      );
      return tasks.filter((_task, index) => answering[index] !== undefined);
    },
    (tasks) => tasks.length === count,
  );
}

test("startsAtOnce limits the starting tasks of all services together", async () => {
  const GATE = closedGate();
  const cloud = await startTestCloud({
    services: [
      echoService({ desired: 0, environment: { GATE } }),
      echoService({ name: "workflow-engine", port: 50050, desired: 0, environment: { GATE } }),
    ],
    startsAtOnce: 2,
  });
  const grown = Promise.all([cloud.setDesired("workflow-agent", 3), cloud.setDesired("workflow-engine", 2)]);

  const [first, second] = await starting(cloud, 2);
  expect(cloud.tasks()).toHaveLength(2);
  await answerFrom(first, "/readyz", 200);
  await until(
    () => cloud.tasks(),
    (tasks) => tasks.length === 3,
  );
  const next = (await starting(cloud, 2)).find(({ id }) => id !== second?.id);
  expect(
    cloud
      .tasks()
      .map(({ state }) => state)
      .toSorted(),
  ).toEqual(["provisioning", "provisioning", "running"]);

  rmSync(GATE);
  await answerFrom(second, "/readyz", 200);
  await answerFrom(next, "/readyz", 200);
  await grown;
  expect(cloud.tasks().map(({ service, state }) => `${service} ${state}`)).toEqual([
    ...Array(3).fill("workflow-agent running"),
    ...Array(2).fill("workflow-engine running"),
  ]);
});

test("the error for a task that does not become ready has the check, the limit and its last lines", async () => {
  const start = startLocalCloud({
    vpc: testVpc(),
    services: [echoService({ desired: 1, environment: { GATE: closedGate() } })],
    logFolder: testFolder(),
    speed: 100,
    timing: { startTimeoutMs: 1_000 },
  });
  await expect(start).rejects.toThrow(
    new RegExp(
      "^workflow-agent does not stay up: 3 tasks ended, the last with killed by SIGKILL, since it was not ready 1 s after " +
        // On a busy machine the task may not listen yet.
        "its start \\(GET http://127\\.\\S+:8080/readyz: (HTTP 503|no connection \\(ECONNREFUSED\\))\\)\\. Its last lines:",
    ),
  );
});

test("a startsAtOnce of 0 is refused", async () => {
  await expect(startLocalCloud({ startsAtOnce: 0 })).rejects.toThrow(
    "startsAtOnce: expected a whole number from 1 to 200, got 0",
  );
});
