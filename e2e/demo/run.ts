import { type Clock, delay } from "@agent-team/foundation/clock";
import type { LocalCloud } from "@agent-team/local-cloud";
import { serverSentEvents } from "@agent-team/test-support/server-sent-events";
import type { Claims } from "./claims.ts";

const SERVICE = "workflow-engine";

/** A wait, long enough to lose the engine in it, and a step after it. */
const SPEC = {
  name: "Wait and add",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    { id: "wait", type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 2 } },
    {
      id: "add",
      type: "ACTION",
      subtype: "DATA_TRANSFORMATION",
      configuration: { expression: "{% input.a + input.b %}" },
    },
  ],
  connections: [
    { from_node: "start", to_node: "wait" },
    { from_node: "wait", to_node: "add" },
  ],
};

/** As a client waits that is told `retry: 1000`. */
const RECONNECT_MS = 1_000;

const ENDED: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "CANCELED", "TIMED_OUT"]);

/** An event of a run, as the gateway writes it: the message WatchRunResponse in proto3 JSON. */
interface RunEvent {
  readonly sequence?: number;
  readonly fence?: string;
  readonly node_changed?: { readonly node_id: string; readonly state: string };
  readonly run_state_changed?: { readonly state: string };
}

/** Runs a workflow, kills its engine while it waits, and follows the run to its end. */
export async function showRun(cloud: LocalCloud, url: string, claims: Claims, clock: Clock): Promise<void> {
  claims.chapter("7. The engine is killed while a workflow runs");
  const workflow = await create(`${url}/v1/workflows`, { spec: SPEC });
  const { id } = await create(`${url}/v1/workflows/${workflow.id}/runs`, { input: { a: 40, b: 2 } });
  const numbers: number[] = [];
  let state = "";
  let killing: Promise<void> | undefined;
  for await (const { sequence, node_changed: node, run_state_changed: run } of follow(url, id, clock)) {
    if (sequence !== undefined) numbers.push(sequence);
    if (node !== undefined) claims.say(`${node.node_id} ${node.state.toLowerCase()}`);
    state = run?.state ?? state;
    if (node?.state === "WAITING") killing ??= killEngine(cloud, claims);
  }
  await killing;
  const { output } = (await (await fetch(`${url}/v1/runs/${id}`)).json()) as { readonly output?: unknown };
  claims.claim(
    `another engine finished the run: ${state}, 40 + 2 = ${String(output)}`,
    state === "SUCCEEDED" && output === 42,
  );
  const isWhole = killing !== undefined && numbers.every((number, at) => number === at + 1);
  claims.claim(`its reader got ${numbers.length} events, without a gap and without a repeat`, isWhole);
}

async function killEngine(cloud: LocalCloud, claims: Claims): Promise<void> {
  const [engine] = cloud.tasks(SERVICE);
  if (engine === undefined) throw new Error("expected an engine");
  claims.say(`── SIGKILL to ${engine.host}, the only engine ──`);
  await cloud.killTask(engine.id);
  await cloud.steady(SERVICE);
}

/** The events of a run to its last one. After a break it continues behind the last event, as an EventSource does. */
async function* follow(url: string, runId: string, clock: Clock): AsyncGenerator<RunEvent> {
  for (let after = ""; ; await delay(clock, RECONNECT_MS)) {
    const response = await fetch(`${url}/v1/runs/${runId}/events?after=${after}`);
    if (response.status !== 200 || response.body === null) throw new Error(`${response.status} of the run's events`);
    try {
      for await (const { data } of serverSentEvents(response.body)) {
        const event = JSON.parse(data) as RunEvent;
        if (event.sequence !== undefined) after = `${event.sequence}-${event.fence}`;
        yield event;
        if (ENDED.has(event.run_state_changed?.state ?? "")) return;
      }
    } catch {
      // The connection was reset: the run has not ended.
    }
  }
}

async function create(url: string, body: unknown): Promise<{ readonly id: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as { readonly id: string };
}
