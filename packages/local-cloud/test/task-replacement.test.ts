// ECS replaces unhealthy tasks, by the container health check and by the check of their target group: after their grace
// period, and the replacement starts first.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CloudEvent, LocalCloud, LocalCloudOptions, TaskDescription } from "../src/index.ts";
import { json } from "./aws.ts";
import { answerFrom, echoService, nextEvent, startTestCloud, testFolder, until } from "./support.ts";

const SERVICE = "workflow-agent";
const BALANCED = [echoService({ balancer: "nlb" })];
/** Checks with short intervals, and a short grace period. */
const EAGER = { targetCheckIntervalMs: 5, containerCheckIntervalMs: 5, gracePeriodMs: 5 };

interface Watched {
  readonly cloud: LocalCloud;
  readonly events: readonly CloudEvent[];
}

async function watch(options: LocalCloudOptions = {}): Promise<Watched> {
  const events: CloudEvent[] = [];
  const onEvent = (event: CloudEvent): void => void events.push(event);
  const cloud = await startTestCloud({ services: BALANCED, timing: EAGER, onEvent, ...options });
  return { cloud, events };
}

function oldest(cloud: LocalCloud): TaskDescription {
  return cloud.tasks(SERVICE)[0] ?? expect.fail("no task");
}

function untilStopped(cloud: LocalCloud, { id }: TaskDescription): Promise<CloudEvent> {
  return nextEvent(
    cloud,
    (event) => event.kind === "task-changed" && event.task.id === id && event.task.state === "stopped",
  );
}

async function messagesOf(cloud: LocalCloud): Promise<readonly string[]> {
  const input = { cluster: cloud.name, services: [`${SERVICE}-service`] };
  const { text } = await json(cloud, "AmazonEC2ContainerServiceV20141113.DescribeServices", input);
  const { services } = JSON.parse(text) as { services: { events: { message: string }[] }[] };
  return (services[0]?.events ?? []).map(({ message }) => message.replace(`(service ${SERVICE}-service) `, ""));
}

test("a task with an unhealthy target stops after its replacement has started, and events have the reason", async () => {
  const { cloud, events } = await watch();
  const victim = oldest(cloud);
  const stopped = untilStopped(cloud, victim);
  await answerFrom(victim, "/readyz", 503);

  expect(await stopped).toMatchObject({
    task: {
      exit: "exit code 0",
      stopReason: {
        code: "ServiceSchedulerInitiated",
        text: expect.stringMatching(
          /^Task failed ELB health checks in \(target-group arn:aws:elasticloadbalancing:.*\)$/,
        ),
      },
    },
  });
  await cloud.steady(SERVICE);
  expect(cloud.tasks(SERVICE).map(({ id, state }) => [id === victim.id, state])).toEqual([
    [false, "running"],
    [false, "running"],
  ]);
  const kinds = events.flatMap((event) =>
    event.kind === "task-changed" ? [`${event.task.id === victim.id ? "victim" : "other"} ${event.task.state}`] : [],
  );
  expect(kinds.slice(-3)).toEqual(["other running", "victim draining", "victim stopped"]);
  const messages = await messagesOf(cloud);
  expect(messages).toContainEqual(
    expect.stringMatching(
      new RegExp(
        `^\\(task ${victim.id}\\) \\(port 50051\\) is unhealthy in \\(target-group arn:.*\\) ` +
          "due to \\(reason Health checks failed with these codes: \\[503\\]\\)$",
      ),
    ),
  );
  expect(messages).toContainEqual(
    expect.stringMatching(
      /^has started 1 tasks: \(task \w+\)\. Amazon ECS replaced 1 tasks due to an unhealthy status\.$/,
    ),
  );
  expect(messages).toContain(`has stopped 1 running tasks: (task ${victim.id}).`);
  expect(messages[0]).toBe("has reached a steady state.");
});

test("a task with a failing container check is replaced", async () => {
  const { cloud } = await watch({ services: [echoService()] });
  const victim = oldest(cloud);
  const stopped = untilStopped(cloud, victim);
  await answerFrom(victim, "/livez", 500);
  expect(await stopped).toMatchObject({ task: { stopReason: { text: "Task failed container health checks" } } });
  expect(await messagesOf(cloud)).toContain(`(task ${victim.id}) failed container health checks.`);
});

test("a frozen process is replaced, and killed after the stop timeout", async () => {
  const { cloud } = await watch({ timing: { ...EAGER, stopTimeoutMs: 100 } });
  const victim = oldest(cloud);
  const stopped = untilStopped(cloud, victim);
  process.kill(victim.pid ?? 0, "SIGSTOP");
  expect(await stopped).toMatchObject({ task: { exit: "killed by SIGKILL" } });
  expect(await messagesOf(cloud)).toContainEqual(expect.stringContaining("due to (reason Request timed out)"));
});

test("a task with failing checks is not replaced in its grace period", async () => {
  const { cloud, events } = await watch({ timing: { ...EAGER, gracePeriodMs: 3_600_000 } });
  const patient = oldest(cloud);
  await answerFrom(patient, "/readyz", 503);
  await answerFrom(patient, "/livez", 500);
  const input = { cluster: cloud.name, tasks: [patient.id] };
  const read = async (): Promise<string> =>
    (await json(cloud, "AmazonEC2ContainerServiceV20141113.DescribeTasks", input)).text;
  await until(read, (text) => text.includes('"healthStatus":"UNHEALTHY"'));
  // Killing another task makes the service evaluate all its tasks.
  await cloud.killTask(cloud.tasks(SERVICE)[1]?.id ?? "");
  await cloud.steady(SERVICE);
  expect(events.filter(({ kind }) => kind === "task-unhealthy")).toEqual([]);
  expect(oldest(cloud)).toMatchObject({ id: patient.id, state: "running", containerHealth: "unhealthy" });
});

test("a task that recovers before its replacement is ready stays, and the replacement stops", async () => {
  const gate = join(testFolder(), "gate");
  const { cloud } = await watch({ services: [echoService({ balancer: "nlb", environment: { GATE: gate } })] });
  const before = cloud.tasks(SERVICE);
  const patient = oldest(cloud);
  writeFileSync(gate, "");
  const launched = nextEvent(cloud, ({ kind }) => kind === "task-unhealthy");
  await answerFrom(patient, "/readyz", 503);
  await launched;
  const [replacement] = await until(
    () => cloud.tasks(SERVICE).filter(({ state }) => state === "provisioning"),
    (tasks) => tasks.length === 1,
  );
  const stopped = untilStopped(cloud, replacement ?? expect.fail("no replacement"));
  await answerFrom(patient, "/readyz", 200);
  await stopped;
  expect(cloud.tasks(SERVICE).map(({ id, state }) => [id, state])).toEqual(before.map(({ id }) => [id, "running"]));
});
