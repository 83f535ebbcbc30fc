/** A workflow of steps that count, its runs, and what is wrong with a run; and what other workflows of this folder need. */

import { systemClock } from "@agent-team/foundation/clock";
import { serverSentEvents } from "@agent-team/test-support/server-sent-events";

const POLL_MS = 200;
const LIMIT_MS = 120_000;

/** The parts of a run that are compared. */
export interface Run {
  readonly state: string;
  readonly output?: { readonly n?: number };
  readonly node_executions?: readonly { readonly node_id: string; readonly state: string }[];
}

interface RunEvent {
  readonly sequence?: number;
  readonly node_changed?: { readonly node_id: string; readonly state: string };
}

export class CountingWorkflow {
  readonly #url: string;
  readonly #steps: number;
  readonly #id: string;

  private constructor(url: string, steps: number, id: string) {
    this.#url = url;
    this.#steps = steps;
    this.#id = id;
  }

  /** Stores a chain of so many steps. Each adds one to the number that it gets. */
  static async store(url: string, steps: number): Promise<CountingWorkflow> {
    const names = Array.from({ length: steps }, (_, at) => `step${at + 1}`);
    const nodes = [
      { id: "start", type: "TRIGGER", subtype: "MANUAL" },
      ...names.map((id) => ({
        id,
        type: "ACTION",
        subtype: "DATA_TRANSFORMATION",
        configuration: { expression: '{% {"n": input.n + 1} %}' },
      })),
    ];
    const connections = names.map((to_node, at) => ({ from_node: at === 0 ? "start" : names[at - 1], to_node }));
    const spec = { name: `Count to ${steps}`, nodes, connections };
    return new CountingWorkflow(url, steps, await created(`${url}/v1/workflows`, { spec }));
  }

  /** Starts a run. Answers while engines are replaced do not count: the key makes a repeat the same run. */
  async start(key: string): Promise<string> {
    return await patiently(() =>
      created(`${this.#url}/v1/workflows/${this.#id}/runs`, { input: { n: 0 } }, { "idempotency-key": key }),
    );
  }

  /** Waits for the end of a run, and returns what is wrong with it. */
  async faultsOf(run: string): Promise<string[]> {
    const ended = await endOf(this.#url, run);
    const done = (ended.node_executions ?? []).filter(({ state }) => state === "SUCCEEDED");
    const succeeded = await successesOf(this.#url, run);
    return [
      ...(ended.state === "SUCCEEDED" ? [] : [`${run} ended ${ended.state}`]),
      ...(ended.output?.n === this.#steps ? [] : [`${run} counted to ${ended.output?.n}, expected ${this.#steps}`]),
      ...(done.length === this.#steps + 1
        ? []
        : [`${run}: ${done.length} nodes succeeded, expected ${this.#steps + 1}`]),
      ...(succeeded.isWhole ? [] : [`${run}: its events have a gap or a repeat`]),
      ...succeeded.twice.map((node) => `${run}: ${node} was recorded twice`),
    ];
  }
}

/** Waits for the end of a run. */
export function endOf(url: string, run: string): Promise<Run> {
  return patiently(async () => {
    const now = (await (await ok(`${url}/v1/runs/${run}`)).json()) as Run;
    if (/PENDING|RUNNING|WAITING/.test(now.state)) throw new Error(`${run} is ${now.state}`);
    return now;
  });
}

/** The successes of nodes as a run's events tell them. */
export interface Successes {
  /** The events are in order and without a gap. */
  readonly isWhole: boolean;
  /** The nodes that succeeded more than once. */
  readonly twice: readonly string[];
}

export async function successesOf(url: string, run: string): Promise<Successes> {
  const events = await patiently(() => allEvents(`${url}/v1/runs/${run}/events`));
  const nodes = events.flatMap(({ node_changed: node }) => (node?.state === "SUCCEEDED" ? [node.node_id] : []));
  return {
    isWhole: events.every(({ sequence }, at) => sequence === at + 1),
    twice: nodes.filter((node, at) => nodes.indexOf(node) !== at),
  };
}

/** The stored events of a run that has ended. */
async function allEvents(url: string): Promise<readonly RunEvent[]> {
  const { body } = await ok(url);
  const events: RunEvent[] = [];
  if (body === null) throw new Error("the response has no body");
  for await (const { data } of serverSentEvents(body)) events.push(JSON.parse(data) as RunEvent);
  return events.filter(({ sequence }) => sequence !== undefined);
}

/** POSTs what makes a workflow or a run, and returns its id. */
export async function created(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const type = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) });
  if (response.status !== 201 && response.status !== 200)
    throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { readonly id: string }).id;
}

async function ok(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return response;
}

/** Tries again until it succeeds. @throws the last error, after two minutes */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = systemClock.now() + LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (systemClock.now() >= untilMs) throw error;
      await new Promise<void>((resolve) => systemClock.setTimer(POLL_MS, resolve));
    }
  }
}

/** Calls back at each event of a run, until the stream ends or breaks. */
export async function follow(url: string, run: string, onEvent: (sequence: number) => Promise<void>): Promise<void> {
  const { body } = await ok(`${url}/v1/runs/${run}/events`);
  if (body === null) return;
  try {
    for await (const { data } of serverSentEvents(body)) {
      const { sequence } = JSON.parse(data) as RunEvent;
      if (sequence !== undefined) await onEvent(sequence);
    }
  } catch {
    // The engines are gone; the run is read again to its end.
  }
}
