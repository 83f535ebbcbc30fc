/**
 * Tasks are killed or replaced under load. A kill may break the calls in flight on that task and those
 * that its gateway writes before it reads the end of the connection, and no later call. A replacement by SIGTERM breaks no call.
 */

import type { TaskDescription } from "@agent-team/local-cloud";
import { expect, test } from "vitest";
import { cloudOfTest, type TestCloud } from "./support/cloud.ts";
import { Load, rollUnderLoad } from "./support/load.ts";

const VPC = "127.22.0.0/16";

/** Calls that a task's gRPC server has answered, from its metrics. */
async function servedBy({ host, healthPort }: TaskDescription): Promise<number> {
  const metrics = await (await fetch(`http://${host}:${healthPort}/metrics`)).text();
  return Number(/grpc_server_handled_total\{grpc_code="OK"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

/**
 * Resolves when each gateway has read what had reached it before, such as the close of a connection. Until then it may
 * write a call to a task that is gone, and what is not idempotent is not sent twice.
 */
async function gatewaysHaveRead(cloud: TestCloud): Promise<void> {
  await Promise.all(
    cloud.tasks("api-gateway").map(({ host, healthPort }) => fetch(`http://${host}:${healthPort}/livez`)),
  );
}

// The default of `npm start`, and over TLS Cloud Map's API alone, without DNS or a load balancer as a lower tier.
const CLOUDS = [
  { discovery: "direct", tls: false },
  { discovery: "cloudmap", tls: true },
] as const;
const SLOW = { timeout: 60_000 };

test.for(CLOUDS)(
  "$discovery, TLS $tls: calls after a kill do not fail and a new agent gets some; then a rolling replacement under load costs no call",
  SLOW,
  async (options) => {
    await using cloud = await cloudOfTest(VPC, options);
    await killUnderLoad(cloud);
    await rollUnderLoad(cloud);
  },
);

async function killUnderLoad(cloud: TestCloud): Promise<void> {
  const load = new Load(cloud);
  await load.more(40);

  const [victim] = cloud.tasks("workflow-agent");
  await cloud.killTask(victim?.id as string);
  await gatewaysHaveRead(cloud);
  const killedMs = performance.now();
  await load.more(40);
  await cloud.steady("workflow-agent");
  const replacement = cloud
    .tasks("workflow-agent")
    .find(({ host, state }) => state === "running" && host !== victim?.host);
  expect(replacement).toBeDefined();
  while ((await servedBy(replacement as TaskDescription)) === 0) await load.more(4);
  await load.stop();

  expect(load.calls.filter(({ startedMs, error }) => startedMs > killedMs && error !== undefined)).toEqual([]);
}
