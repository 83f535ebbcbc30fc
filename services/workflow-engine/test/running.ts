import { NodeState, type Run, type RunState, type WorkflowSpec } from "@agent-team/contracts";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { vi } from "vitest";
import { type EngineClient, type EngineOnLoopbackOptions, engineOnLoopback } from "./engine-on-loopback.ts";

export const value = (given: JsonValue): Value => fromJson(ValueSchema, given);
export const plain = (given: Value | undefined): unknown =>
  given === undefined ? undefined : toJson(ValueSchema, given);

export async function create(engine: EngineClient, spec: WorkflowSpec): Promise<string> {
  return (await engine.createWorkflow({ spec })).workflow?.id ?? "";
}

export function idOf(run: Run | undefined): string {
  return run?.id ?? "";
}

/** Waits for a run's end. */
export async function ended(engine: EngineClient, run: Run | undefined): Promise<Run> {
  const runId = idOf(run);
  return vi.waitUntil(
    async () => {
      const now = (await engine.getRun({ runId })).run;
      return now?.endTime === undefined ? undefined : now;
    },
    { interval: 10 },
  );
}

/** Waits until a run has a state, and returns it. */
export async function reached(engine: EngineClient, run: Run | undefined, state: RunState): Promise<Run> {
  const runId = idOf(run);
  return vi.waitUntil(
    async () => {
      const now = (await engine.getRun({ runId })).run;
      return now?.state === state ? now : undefined;
    },
    { interval: 10 },
  );
}

/** Stores a workflow, starts it, and waits for its end. */
export async function run(
  spec: WorkflowSpec,
  input: JsonValue = null,
  options: EngineOnLoopbackOptions = {},
): Promise<Run> {
  const engine = await engineOnLoopback(options);
  const started = await engine.startRun({ workflowId: await create(engine, spec), input: value(input) });
  return ended(engine, started.run);
}

export function statesOf({ nodeExecutions }: Run): Record<string, string> {
  const names = Object.fromEntries(Object.entries(NodeState).map(([name, state]) => [state, name]));
  return Object.fromEntries(nodeExecutions.map(({ nodeId, state }) => [nodeId, String(names[state])]));
}
