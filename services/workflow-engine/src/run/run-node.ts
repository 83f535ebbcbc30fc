import type { Node } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Logger } from "@agent-team/grpc-server";
import type { JsonValue } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { cutText } from "../cut-text.ts";
import { EncodedScope, type Expressions, type Turn } from "../expressions.ts";
import type { Graph } from "../graph.ts";
import type { HttpSender } from "../http-sender.ts";
import { jsonProblem } from "../json-problem.ts";
import { DEFAULT_NODE_TIMEOUT_MS } from "../limits.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeResult, NodeWait } from "../node-kind.ts";
import { nameOf, nodeKindOf } from "../nodes/catalogue.ts";
import type { RunEvent, RunFailure } from "../run-event.ts";
import type { RunStatus } from "./fold.ts";
import { inputOf, resolve, surroundingsOf } from "./inputs.ts";
import { afterFailure } from "./retry.ts";

/** What the execution of nodes needs. */
export interface RunTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly http: HttpSender;
  readonly expressions: Expressions;
}

/** One attempt of one node. */
export interface Attempt {
  readonly runId: string;
  readonly owner: string;
  readonly node: Node;
  /** 1 for the first. */
  readonly attempt: number;
  readonly graph: Graph;
  /** At the moment the node started: all nodes before it have ended. */
  readonly run: RunStatus;
  /** Aborted here by the node's timeout, and by the driver when the run is stopped. */
  readonly abort: AbortController;
}

/** Executes a node; resolves to the event of its end, or of its wait. Never rejects. */
export async function runNode(attempt: Attempt, tools: RunTools): Promise<RunEvent> {
  const { node, abort } = attempt;
  const timeoutMs = node.timeout === undefined ? DEFAULT_NODE_TIMEOUT_MS : durationMs(node.timeout);
  const timer = tools.clock.setTimer(timeoutMs, () => {
    abort.abort(new NodeFailure("TIMEOUT", `${node.id} took more than ${timeoutMs / 1000} s`, { retryable: true }));
  });
  let input: JsonValue | undefined;
  try {
    input = await inputOf(node, attempt.graph, attempt.run, tools.expressions, turnOf(attempt));
    const result = await work(attempt, input, tools);
    return eventOf(result, node.id, input, tools.clock.wallNow());
  } catch (error) {
    const failure = failureOf(error, attempt, tools.logger);
    const failed = {
      type: "node_failed",
      timeMs: tools.clock.wallNow(),
      nodeId: node.id,
      input,
      error: failure,
    } as const;
    return afterFailure(node, failed, attempt.attempt, tools.random);
  } finally {
    timer.cancel();
    abort.abort(new NodeFailure("CANCELED", `${node.id} has ended`)); // drops the expressions that still wait for it
  }
}

function eventOf(result: NodeResult | NodeWait, nodeId: string, input: JsonValue, timeMs: number): RunEvent {
  if ("wait" in result) {
    const { forMs, ...wait } = result.wait;
    return {
      type: "node_waiting",
      timeMs,
      nodeId,
      input,
      wakeMs: forMs === undefined ? undefined : timeMs + forMs,
      ...wait,
    };
  }
  const { outputKey, output } = result;
  return { type: "node_succeeded", timeMs, nodeId, input, outputKey, output };
}

async function work(
  attempt: Attempt,
  input: JsonValue,
  { http, expressions }: RunTools,
): Promise<NodeResult | NodeWait> {
  const { runId, node, graph, run, abort } = attempt;
  const { signal } = abort;
  const kind = nodeKindOf(node);
  // StartRun refuses such a workflow. This engine may still meet a run that another version started.
  if (kind?.run === undefined) throw new NodeFailure("NOT_RUNNABLE_YET", `this engine does not run ${nameOf(node)}`);
  const scope = new EncodedScope({ ...surroundingsOf(graph, run), input });
  const turn = turnOf(attempt);
  const configuration = await resolve(node.configuration ?? {}, (text) => expressions.evaluate(text, scope, turn));
  signal.throwIfAborted();
  const result = await kind.run({ configuration, input, idempotencyKey: `${runId}:${node.id}`, http, signal });
  return "wait" in result ? result : checkedOutput(node, result);
}

function checkedOutput({ id }: Node, result: NodeResult): NodeResult {
  const problem = jsonProblem(result.output);
  if (problem === undefined) return result;
  const code = problem.kind === "too-deep" ? "OUTPUT_TOO_DEEP" : "OUTPUT_TOO_LARGE";
  throw new NodeFailure(code, `${id} gives ${problem.message}`);
}

function turnOf({ owner, runId, abort }: Attempt): Turn {
  return { owner, lane: runId, signal: abort.signal };
}

function failureOf(error: unknown, { runId, node }: Attempt, logger: Logger): RunFailure {
  if (error instanceof NodeFailure) {
    const { code, message, retryable } = error;
    return { code, message: cutText(message), retryable, nodeId: node.id };
  }
  // A defect of the engine: its details are for the log and not for the owner.
  logger.error({ err: error, runId, nodeId: node.id }, "a node failed by a defect of the engine");
  return { code: "INTERNAL", message: "the engine failed", retryable: false, nodeId: node.id };
}
