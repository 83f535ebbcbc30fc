import type { Node } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { JsonValue } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ExpressionEvaluator } from "../expression/evaluator.ts";
import { EncodedScope } from "../expression/scope.ts";
import type { Graph } from "../graph.ts";
import type { HttpClient } from "../http/http-client.ts";
import { jsonProblem } from "../json-problem.ts";
import { defaultNodeTimeoutMs } from "../limits.ts";
import { nameOf, nodeKindOf } from "../nodes/catalogue.ts";
import type { NodeResult } from "../nodes/node-kind.ts";
import { cutText } from "../text.ts";
import type { RunEvent, RunFailure } from "./events.ts";
import type { RunStatus } from "./fold.ts";
import { inputOf, resolve, surroundingsOf } from "./inputs.ts";
import { NodeFailure } from "./node-failure.ts";

/** What running nodes takes. */
export interface RunTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClient;
  readonly expressions: ExpressionEvaluator;
}

/** One attempt of one node. */
export interface Attempt {
  readonly runId: string;
  readonly owner: string;
  readonly node: Node;
  readonly graph: Graph;
  /** As of the moment the node started: everything that leads to it has ended. */
  readonly run: RunStatus;
  /** Aborted by the node's timeout here, and from outside when the run is stopped. */
  readonly abort: AbortController;
}

/** Runs a node to its end, which is an event. Never rejects. */
export async function runNode(attempt: Attempt, tools: RunTools): Promise<RunEvent> {
  const { node, abort } = attempt;
  const timeoutMs = node.timeout === undefined ? defaultNodeTimeoutMs : durationMs(node.timeout);
  const timer = tools.clock.setTimer(timeoutMs, () => {
    abort.abort(new NodeFailure("TIMEOUT", `${node.id} took more than ${timeoutMs / 1000} s`, { retryable: true }));
  });
  let input: JsonValue | undefined;
  try {
    const turn = { owner: attempt.owner, lane: attempt.runId, signal: abort.signal };
    input = await inputOf(node, attempt.graph, attempt.run, tools.expressions, turn);
    const { outputKey, output } = await work(attempt, input, tools);
    const timeMs = tools.clock.wallNow();
    return { type: "node_succeeded", timeMs, nodeId: node.id, input, outputKey, output };
  } catch (error) {
    const failure = failureOf(error, attempt, tools.logger);
    return { type: "node_failed", timeMs: tools.clock.wallNow(), nodeId: node.id, input, error: failure };
  } finally {
    timer.cancel();
    abort.abort(new NodeFailure("CANCELED", `${node.id} has ended`)); // drops what still waits on its account
  }
}

async function work(
  { runId, owner, node, graph, run, abort: { signal } }: Attempt,
  input: JsonValue,
  { http, expressions }: RunTools,
): Promise<NodeResult> {
  const kind = nodeKindOf(node);
  // Refused when the run was to start; a run that another version started ends here.
  if (kind?.run === undefined) throw new NodeFailure("NOT_RUNNABLE_YET", `this engine does not run ${nameOf(node)}`);
  const scope = new EncodedScope({ ...surroundingsOf(graph, run), input });
  const configuration = await resolve(node.configuration ?? {}, (expression) =>
    expressions.evaluate(expression, scope, { owner, lane: runId, signal }),
  );
  signal.throwIfAborted();
  const result = await kind.run({ configuration, input, idempotencyKey: `${runId}:${node.id}`, http, signal });
  const problem = jsonProblem(result.output);
  if (problem === undefined) return result;
  const code = problem.kind === "too-deep" ? "OUTPUT_TOO_DEEP" : "OUTPUT_TOO_LARGE";
  throw new NodeFailure(code, `${node.id} gives ${problem.message}`);
}

function failureOf(error: unknown, { runId, node }: Attempt, logger: Logger): RunFailure {
  if (error instanceof NodeFailure) {
    const { code, message, retryable } = error;
    return { code, message: cutText(message), retryable, nodeId: node.id };
  }
  // Ours, and not the workflow's: the log has the details, the owner gets none of them.
  logger.error({ err: error, runId, nodeId: node.id }, "a node failed in an unforeseen way");
  return { code: "INTERNAL", message: "the engine failed", retryable: false, nodeId: node.id };
}
