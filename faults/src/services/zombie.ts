/** An engine that is stopped in the middle of a node, and goes on after another one has taken its run: a zombie. */

import { systemClock } from "@agent-team/foundation/clock";
import type { TaskDescription } from "@agent-team/local-cloud";
import { ownerOf } from "../process/port-owner.ts";
import { type HeldRequest, HeldServer } from "./held-server.ts";
import type { CaseOptions, Measured, ServicesCase } from "./scenario.ts";
import type { System } from "./system.ts";
import { created, endOf, patiently, successesOf } from "./workflow.ts";

const ENGINE = "workflow-engine";

/** Without `--full` fewer. */
const ROUNDS = 10;
const FEW_ROUNDS = 2;

/** In the cloud's own block, so that no other program has it. The engines may call it. */
const HOST = "127.60.255.250";
const PORT = 8099;

/** Shorter than the default, so that an engine goes on before the cloud replaces it. */
const LEASE_MS = 1_000;

/** What an engine logs when its append was refused because another one has taken the run. */
const REFUSED = "another engine has taken over a run";

export const stoppedEngine: ServicesCase = {
  name: "SIGSTOP of an engine in the middle of a node, SIGCONT after another has taken the run",
  target:
    "its late append is refused, each node recorded once, taken over at most the lease of 1 s and 1 s after the stop",
  topology: {
    agents: 1,
    engines: 2,
    environment: { HTTP_ALLOW_HOSTS: `${HOST}:${PORT}`, RUN_LEASE_MS: String(LEASE_MS) },
  },
  run: stopAgain,
};

async function stopAgain(system: System, { full, interruption }: CaseOptions): Promise<Measured> {
  await using server = await HeldServer.start(HOST, PORT);
  const workflow = await storeWorkflow(system.url);
  const violations: string[] = [];
  const takenMs: number[] = [];
  for (let round = 1; round <= (full ? ROUNDS : FEW_ROUNDS); round++) {
    interruption.throwIfAborted();
    await system.cloud.steady(ENGINE);
    const begun = server.requests.length;
    const run = await created(
      `${system.url}/v1/workflows/${workflow}/runs`,
      {},
      { "idempotency-key": `stop-${round}` },
    );
    takenMs.push(await stopOnce(system, server, begun));
    const keys = server.requests.slice(begun).map(({ path, idempotencyKey }) => `${path} ${idempotencyKey}`);
    violations.push(...(await faultsOf(system.url, run)), ...faultsOfRequests(keys).map((fault) => `${run}: ${fault}`));
  }
  return {
    figures: { stops: takenMs.length, "taken over after at most, ms": Math.round(Math.max(...takenMs)) },
    violations,
  };
}

/** Stops the engine of the run whose first request is that at `begun`. Resolves when the run goes on to its end; the time to the takeover in ms. */
async function stopOnce(system: System, server: HeldServer, begun: number): Promise<number> {
  const first = await requestAt(server, begun);
  const task = taskOf(system, first);
  const pid = task.pid as number;
  process.kill(pid, "SIGSTOP");
  try {
    const stoppedMs = systemClock.now();
    const again = await requestAt(server, begun + 1);
    const takenMs = systemClock.now() - stoppedMs;
    again.answer();
    const next = await requestAt(server, begun + 2);
    first.answer();
    process.kill(pid, "SIGCONT");
    await patiently(async () => {
      if (!(await system.logOf(ENGINE, task)).includes(REFUSED)) throw new Error(`${task.id} was not refused`);
    });
    next.answer();
    return takenMs;
  } finally {
    if (system.cloud.tasks(ENGINE).some(({ id }) => id === task.id)) process.kill(pid, "SIGCONT");
  }
}

function taskOf({ cloud }: System, { port }: HeldRequest): TaskDescription {
  const tasks = cloud.tasks(ENGINE);
  const pid = ownerOf(
    port,
    tasks.flatMap((task) => task.pid ?? []),
  );
  return tasks.find((task) => task.pid === pid) as TaskDescription;
}

function requestAt({ requests }: HeldServer, index: number): Promise<HeldRequest> {
  return patiently(async () => {
    const request = requests[index];
    if (request === undefined) throw new Error(`expected ${index + 1} requests of workflows, got ${requests.length}`);
    return request;
  });
}

/** Two requests, one after the other. */
function storeWorkflow(url: string): Promise<string> {
  const posting = (id: string): object => ({
    id,
    type: "ACTION",
    subtype: "HTTP_REQUEST",
    configuration: { method: "POST", url: `http://${HOST}:${PORT}/${id}` },
  });
  const nodes = [{ id: "start", type: "TRIGGER", subtype: "MANUAL" }, posting("first"), posting("next")];
  const connections = [
    { from_node: "start", to_node: "first" },
    { from_node: "first", to_node: "next" },
  ];
  return created(`${url}/v1/workflows`, { spec: { name: "Two requests", nodes, connections } });
}

async function faultsOf(url: string, run: string): Promise<string[]> {
  const { state, node_executions: nodes = [] } = await endOf(url, run);
  const { isWhole, twice } = await successesOf(url, run);
  const succeeded = nodes.filter((node) => node.state === "SUCCEEDED").length;
  return [
    ...(state === "SUCCEEDED" && succeeded === 3 ? [] : [`${run} ended ${state}, ${succeeded} of 3 nodes succeeded`]),
    ...(isWhole ? [] : [`${run}: its events have a gap or a repeat`]),
    ...twice.map((node) => `${run}: ${node} was recorded twice`),
  ];
}

/** The first node was requested twice with one key, and the next one once. */
function faultsOfRequests(requests: readonly string[]): string[] {
  const [first, again, next, ...more] = requests;
  const isRight = first === again && next !== first && more.length === 0;
  return isRight ? [] : [`expected two equal requests and another one, got ${requests.join(", ")}`];
}
