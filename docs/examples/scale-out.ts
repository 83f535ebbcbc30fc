/**
 * Two agents become four while a client calls them. Prints which tasks answer afterwards: on direct connections, found by the
 * API or by DNS, and through the network load balancer. docs/guides/choosing-a-path.md explains the figures. Takes two minutes,
 * mostly waiting.
 *
 *   npm run example -- docs/examples/scale-out.ts
 */

import { Health } from "@agent-team/contracts";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createChannel, targetFromEnvironment } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { agentTeamServices, type LocalCloud, startLocalCloud } from "@agent-team/local-cloud";
import { createClient } from "@connectrpc/connect";

/** Three TTLs of ten seconds. By then a client has found a new task by DNS, or never finds it. */
const WATCHED_MS = 30_000;
/** A client polls every five or ten seconds. The time between its last poll and the new tasks is random. */
const PHASE_MS = 10_000;
/** Between two calls. */
const PACE_MS = 5;

async function scaleOut(strategy: "cloudmap" | "dns" | "lb"): Promise<void> {
  const services = agentTeamServices({ agents: 2 }).filter(({ name }) => name !== "api-gateway");
  await using cloud = await startLocalCloud({ services, discovery: strategy });
  const environment = cloud.clientEnvironment();
  Object.assign(process.env, environment); // where AWS's SDK looks for its endpoint and keys
  const target = targetFromEnvironment("WORKFLOW_SERVICE", environment, { defaultPort: 50051 });
  await using channel = createChannel(target);
  const health = createClient(Health, createConnectTransport(channel));
  const old = new Set(cloud.tasks("workflow-agent").map(({ id }) => id));
  await health.check({});
  await delay(systemClock, systemRandom() * PHASE_MS);
  await cloud.setDesired("workflow-agent", 4);

  const startedMs = systemClock.now();
  let firstMs: number | undefined;
  while (systemClock.now() - startedMs < WATCHED_MS) {
    await health.check({});
    await delay(systemClock, PACE_MS);
    if (firstMs === undefined && (await answeredByNew(cloud, old)) > 0) firstMs = systemClock.now() - startedMs;
  }
  const tasks = cloud.tasks("workflow-agent");
  const calls = await Promise.all(
    tasks.map(async ({ id, ...task }) => `${old.has(id) ? "old" : "new"} ${await answered(task)}`),
  );
  const when =
    firstMs === undefined ? "no new task was called" : `a new task was called after ${(firstMs / 1_000).toFixed(1)} s`;
  console.log(`${strategy}: ${when}; calls in ${WATCHED_MS / 1_000} s: ${calls.join(", ")}`);
}

async function answeredByNew(cloud: LocalCloud, old: ReadonlySet<string>): Promise<number> {
  const counts = await Promise.all(
    cloud
      .tasks("workflow-agent")
      .filter(({ id }) => !old.has(id))
      .map(answered),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What a task has answered since it started, as it says itself. */
async function answered({ host, healthPort }: { readonly host: string; readonly healthPort: number }): Promise<number> {
  const text = await (await fetch(`http://${host}:${healthPort}/metrics`)).text();
  return Number(/^grpc_server_handled_total\{grpc_code="OK"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

console.log(`Node ${process.version}`);
await scaleOut("cloudmap");
await scaleOut("dns");
await scaleOut("lb");
