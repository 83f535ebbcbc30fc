/** A workflow whose nodes follow each other, each of which adds one by an expression. */

import { NodeState, RunState, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampMs, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { EngineProcess } from "./engine-process.ts";
import type { Runner } from "./take-load.ts";

const FIRST = { id: "start", type: "NODE_TYPE_TRIGGER", subtype: "MANUAL" };

/** Nodes behind a trigger, one after the other. */
export function specOf(name: string, behind: readonly JsonValue[]): WorkflowSpec {
  const nodes = [FIRST, ...behind.map((node, at) => ({ id: `n${at + 1}`, ...(node as object) }))];
  const connections = nodes.slice(1).map(({ id }, at) => ({ from_node: nodes[at]?.id ?? "", to_node: id }));
  return fromJson(WorkflowSpecSchema, { name, nodes, connections });
}

const ADD_ONE: JsonValue = {
  type: "NODE_TYPE_ACTION",
  subtype: "DATA_TRANSFORMATION",
  configuration: { expression: '{% {"n": input.n + 1} %}' },
};

/** Stores such a workflow of so many nodes, the trigger included. */
export async function chainOf(engine: EngineProcess, nodes: number): Promise<Chain> {
  const spec = specOf(`Count to ${nodes - 1}`, Array<JsonValue>(nodes - 1).fill(ADD_ONE));
  return new Chain(engine, nodes, await engine.store(spec));
}

class Chain implements Runner {
  readonly nodes: number;
  readonly #engine: EngineProcess;
  readonly #workflowId: string;

  constructor(engine: EngineProcess, nodes: number, workflowId: string) {
    this.nodes = nodes;
    this.#engine = engine;
    this.#workflowId = workflowId;
  }

  async run(): Promise<void> {
    await this.#followed();
  }

  /** Runs it; the time between its start and its end, as the engine has recorded them, in ms. */
  async tookMs(): Promise<number> {
    const runId = await this.#followed();
    const { run } = await this.#engine.client.getRun({ runId });
    if (run?.createTime === undefined || run.endTime === undefined) throw new Error("expected a run with its times");
    return timestampMs(run.endTime) - timestampMs(run.createTime);
  }

  cpuMs(): number {
    return this.#engine.cpuMs();
  }

  /** Follows a run to its end, with all its events. */
  async #followed(): Promise<string> {
    const { client } = this.#engine;
    const { run } = await client.startRun({ workflowId: this.#workflowId, input: fromJson(ValueSchema, { n: 0 }) });
    const runId = run?.id ?? "";
    let state: RunState | undefined;
    let succeeded = 0;
    for await (const { event } of client.watchRun({ runId })) {
      if (event.case === "runStateChanged") state = event.value.state;
      if (event.case === "nodeChanged" && event.value.state === NodeState.SUCCEEDED) succeeded += 1;
    }
    if (state === RunState.SUCCEEDED && succeeded === this.nodes) return runId;
    throw new Error(`expected a run whose ${this.nodes} nodes succeed; ${succeeded} did`);
  }
}
