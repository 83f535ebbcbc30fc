import type { WorkflowSpec } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";
import { Graph } from "../src/graph.ts";
import { foldRun } from "../src/run/fold.ts";
import { nextEvents } from "../src/run/plan.ts";
import type { RunEvent } from "../src/run-event.ts";
import { manual, specOf, transform, when } from "./specs.ts";

/** A run from events that a test adds; the events that follow by the rules are added after each. */
export class Story {
  readonly events: RunEvent[] = [{ type: "run_started", timeMs: 0, input: "in" }];
  readonly #graph: Graph;

  /** `kept`: of the run that it repeats. */
  constructor(spec: WorkflowSpec, kept: readonly RunEvent[] = []) {
    this.#graph = Graph.of(spec);
    this.events.push(...kept);
    this.#record();
  }

  get running(): string[] {
    return [...foldRun(this.events).nodes].filter(([, { state }]) => state === "running").map(([id]) => id);
  }

  /** Each node's state by id. */
  get states(): Record<string, string> {
    return Object.fromEntries([...foldRun(this.events).nodes].map(([id, { state }]) => [id, state]));
  }

  get end(): unknown {
    const end = foldRun(this.events).end;
    if (end === undefined) return undefined;
    return end.state === "succeeded" ? end.output : [end.state, end.error.code];
  }

  succeeds(nodeId: string, output: JsonValue = nodeId, outputKey = "result"): this {
    return this.happens({ type: "node_succeeded", timeMs: 1, nodeId, outputKey, output });
  }

  fails(nodeId: string): this {
    return this.happens({
      type: "node_failed",
      timeMs: 1,
      nodeId,
      error: { code: "X", message: "x", retryable: false, nodeId },
    });
  }

  /** Until `wakeMs`; the rules are asked at 2. */
  waits(nodeId: string, wakeMs: number): this {
    return this.happens({ type: "node_waiting", timeMs: 1, nodeId, input: nodeId, wakeMs, outputKey: "result" });
  }

  loops(nodeId: string, items: readonly JsonValue[], maxConcurrency = 1): this {
    return this.happens({ type: "node_looping", timeMs: 1, nodeId, input: "in", items, maxConcurrency });
  }

  retries(nodeId: string, wakeMs: number): this {
    const error = { code: "X", message: "x", retryable: true, nodeId };
    return this.happens({ type: "node_retrying", timeMs: 1, nodeId, wakeMs, error });
  }

  isStopped(as: "canceled" | "timed_out"): this {
    return this.happens({ type: "stop_requested", timeMs: 1, as, reason: "enough" });
  }

  happens(event: RunEvent): this {
    this.events.push(event);
    this.#record();
    return this;
  }

  #record(): void {
    this.events.push(...nextEvents(this.#graph, this.events, 2));
  }
}

/** Any graph that validation accepts: each node after the first has a connection from an earlier one, by some output. */
export const anySpec: fc.Arbitrary<WorkflowSpec> = fc
  .array(fc.record({ parents: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), kind: fc.nat(3) }), { maxLength: 12 })
  .map((plans) => {
    const nodes = plans.map(({ kind }, at) => nodeOfKind(`n${at + 1}`, kind));
    const arrows = plans.flatMap(({ parents }, at) =>
      [...new Set(parents.map((parent) => parent % (at + 1)))].map((parent) => {
        const output = parent === 0 ? "" : ["result-", "true-", "false-", "error-"][plans[parent - 1]?.kind ?? 0];
        return `n${parent} -${output}> n${at + 1}`;
      }),
    );
    return specOf([manual("n0"), ...nodes], arrows);
  });

function nodeOfKind(id: string, kind: number): ReturnType<typeof transform> {
  if (kind === 0) return transform(id, "1");
  return kind === 3 ? transform(id, "1", { continueOnError: true }) : when(id, "1");
}
