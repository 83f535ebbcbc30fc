/**
 * Makes the same calls to the same four agents on two paths: direct connections to the tasks that DNS lists, and through the
 * network load balancer. Prints the answering tasks and the latencies. docs/guides/choosing-a-path.md explains the figures.
 *
 *   npm run example -- docs/examples/compare-paths.ts
 */

import { Health } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { createChannel, targetFromEnvironment } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { agentTeamServices, type LocalCloud, startLocalCloud } from "@agent-team/local-cloud";
import { createClient } from "@connectrpc/connect";

const AGENTS = 4;
const ROUNDS = 10;
/** One call at a time shows the latency of a path, sixteen show the distribution over the tasks. */
const LOADS = [
  { inFlight: 1, calls: 1_000 },
  { inFlight: 16, calls: 4_000 },
];
const PATHS = { direct: "dns", "load balancer": "lb" };

interface Round {
  /** Of each call, in ms, ascending. */
  readonly latencies: readonly number[];
  /** Calls that each task answered, most first. */
  readonly perTask: readonly number[];
}

/** A new channel for each round, so that the balancer selects other tasks for its connections. */
async function measure(cloud: LocalCloud, strategy: string, load: (typeof LOADS)[number]): Promise<Round> {
  const env = { ...cloud.clientEnvironment(), WORKFLOW_SERVICE_DISCOVERY: strategy };
  await using channel = createChannel(targetFromEnvironment("WORKFLOW_SERVICE", env, { defaultPort: 50051 }));
  const health = createClient(Health, createConnectTransport(channel));
  const make = async (calls: number, latencies: number[]): Promise<void> => {
    let left = calls;
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const startedMs = systemClock.now();
        await health.check({});
        latencies.push(systemClock.now() - startedMs);
      }
    };
    await Promise.all(Array.from({ length: load.inFlight }, lane));
  };
  await make(load.calls / 10, []); // connections and the JIT
  const before = await answered(cloud);
  const latencies: number[] = [];
  await make(load.calls, latencies);
  const after = await answered(cloud);
  const perTask = after.map((calls, i) => calls - (before[i] ?? 0));
  return { latencies: latencies.sort((a, b) => a - b), perTask: perTask.sort((a, b) => b - a) };
}

/** What each task has answered since it started, as it says itself. */
async function answered(cloud: LocalCloud): Promise<readonly number[]> {
  const texts = cloud.tasks("workflow-agent").map(async ({ host, healthPort }) => {
    return (await fetch(`http://${host}:${healthPort}/metrics`)).text();
  });
  const counter = /^grpc_server_handled_total\{grpc_code="OK"\} (\d+)$/m;
  return (await Promise.all(texts)).map((text) => Number(counter.exec(text)?.[1] ?? 0));
}

function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function show(path: string, { inFlight }: (typeof LOADS)[number], rounds: readonly Round[]): void {
  const ms = (q: number): string => median(rounds.map(({ latencies }) => quantile(latencies, q))).toFixed(2);
  const shares = rounds.map(({ perTask }) => perTask.join(" ")).join(" | ");
  console.log(`${path}, ${inFlight} in flight: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms; calls per task: ${shares}`);
}

const services = agentTeamServices({ agents: AGENTS }).filter(({ name }) => name !== "api-gateway");
await using cloud = await startLocalCloud({ services, discovery: { order: ["dns", "lb"] } });
console.log(`Node ${process.version}, ${AGENTS} agents, medians of ${ROUNDS} rounds in turns`);
for (const load of LOADS) {
  const rounds = new Map<string, Round[]>(Object.keys(PATHS).map((path) => [path, []]));
  for (let i = 0; i < ROUNDS; i++)
    for (const [path, strategy] of Object.entries(PATHS)) rounds.get(path)?.push(await measure(cloud, strategy, load));
  for (const [path, measured] of rounds) show(path, load, measured);
}
