import type { Node } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Logger } from "@agent-team/grpc-server";
import type { JsonValue } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ApprovalLinks } from "../approval-links.ts";
import { cutText } from "../cut-text.ts";
import { EncodedScope, type Expressions, type Turn } from "../expressions.ts";
import type { HttpSender } from "../http-sender.ts";
import { DEFAULT_NODE_TIMEOUT_MS, MAX_LOOP_ERROR_BYTES, MAX_LOOP_NODES } from "../limits.ts";
import { bodyOf } from "../loop-body.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeLoop, NodeResult, NodeWait } from "../node-kind.ts";
import { nameOf, nodeKindOf } from "../nodes/catalogue.ts";
import type { RunEvent, RunFailure } from "../run-event.ts";
import type { Secrets } from "../secrets.ts";
import type { AskModels } from "../text-models.ts";
import { checkOutput } from "./check-output.ts";
import type { RunStatus } from "./fold.ts";
import { inputOf, resolve, surroundingsOf } from "./inputs.ts";
import { afterFailure } from "./retry.ts";
import type { RunGraph } from "./run-graph.ts";
import { SecretMarks } from "./secret-marks.ts";
import { SecretSender } from "./secret-sender.ts";

/** What the execution of nodes needs. */
export interface RunTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly http: HttpSender;
  readonly expressions: Expressions;
  /** Absent: this engine has no language model. */
  readonly askModels?: AskModels | undefined;
  /** Absent: this engine makes no links. */
  readonly approvalLinks?: ApprovalLinks | undefined;
  readonly secrets: Secrets;
}

/** One attempt of one node. */
export interface Attempt {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly owner: string;
  readonly node: Node;
  /** 1 for the first. */
  readonly attempt: number;
  readonly graph: RunGraph;
  /** At the moment the node started: all nodes before it have ended. */
  readonly run: RunStatus;
  /** Aborted here by the node's timeout, and by the driver when the run is stopped. */
  readonly abort: AbortController;
}

/** Shared: the stack of an error for each node would cost as much as the rest of its bookkeeping. */
const ENDED: NodeFailure = new NodeFailure("CANCELED", "the node has ended");

/** Executes a node; resolves to the event of its end, or of its wait. Never rejects. */
export async function runNode(attempt: Attempt, tools: RunTools): Promise<RunEvent> {
  const { node, abort } = attempt;
  const timeoutMs = node.timeout === undefined ? DEFAULT_NODE_TIMEOUT_MS : durationMs(node.timeout);
  const timer = tools.clock.setTimer(timeoutMs, () => {
    abort.abort(new NodeFailure("TIMEOUT", `${node.id} took more than ${timeoutMs / 1000} s`, { retryable: true }));
  });
  let input: JsonValue | undefined;
  const marks = new SecretMarks();
  try {
    input = await inputOf(node, attempt.graph, attempt.run, tools.expressions, turnOf(attempt));
    const result = marks.unmarked(await work(attempt, input, marks, tools));
    return eventOf(result, node.id, input, tools.clock.wallNow());
  } catch (error) {
    const { message, ...rest } = failureOf(error, attempt, tools.logger);
    const failure = { ...rest, message: marks.unmark(message) };
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
    abort.abort(ENDED); // drops the expressions that still wait for it
  }
}

function eventOf(result: NodeResult | NodeWait | NodeLoop, nodeId: string, input: JsonValue, timeMs: number): RunEvent {
  if ("loop" in result) return { type: "node_looping", timeMs, nodeId, input, ...result.loop };
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
  marks: SecretMarks,
  { clock, http, expressions, askModels, approvalLinks, secrets }: RunTools,
): Promise<NodeResult | NodeWait | NodeLoop> {
  const { runId, owner, node, graph, run, abort, workflowId, workflowName } = attempt;
  const { signal } = abort;
  const kind = nodeKindOf(node);
  // StartRun refuses such a workflow. This engine may still meet a run that another version started.
  if (kind?.run === undefined) throw new NodeFailure("NOT_RUNNABLE_YET", `this engine does not run ${nameOf(node)}`);
  const scope = new EncodedScope({ ...surroundingsOf(node, graph, run), input });
  const turn = turnOf(attempt);
  const configuration = await resolve(node.configuration ?? {}, {
    evaluate: (text) => expressions.evaluate(text, scope, turn),
    markSecrets: kind.takesSecrets === true ? (text) => marks.mark(text) : undefined,
  });
  signal.throwIfAborted();
  const idempotencyKey = `${runId}:${node.id}`;
  const subject = { runId, nodeId: node.id, workflowId, workflowName };
  const approvalLink = (forMs: number): string | undefined =>
    approvalLinks?.urlOf({ runId, nodeId: node.id, owner }, clock.wallNow() + forMs);
  const sender = new SecretSender({ http, secrets, marks, owner });
  const result = await kind.run({
    configuration,
    input,
    idempotencyKey,
    http: sender,
    askModels,
    signal,
    subject,
    approvalLink,
  });
  if ("loop" in result) checkLoop(node, result, graph);
  else if (!("wait" in result)) checkOutput(node.id, result.output);
  return result;
}

/** Before the first item has an effect. */
function checkLoop({ id }: Node, { loop }: NodeLoop, graph: RunGraph): void {
  const { length: nodes } = bodyOf(id, graph);
  const { length: items } = loop.items;
  if (items * nodes > MAX_LOOP_NODES) {
    const most = Math.floor(MAX_LOOP_NODES / nodes);
    throw new NodeFailure(
      "TOO_MANY_ITEMS",
      `${id} has ${items} items; with ${nodes} nodes in its loop it takes at most ${most}`,
    );
  }
  checkOutput(id, [...loop.items]);
}

function turnOf({ owner, runId, abort }: Attempt): Turn {
  return { owner, lane: runId, signal: abort.signal };
}

function failureOf(error: unknown, { runId, node, graph }: Attempt, logger: Logger): RunFailure {
  if (error instanceof NodeFailure) {
    const { code, message, retryable } = error;
    const cut = graph.iterations.has(node.id) ? cutText(message, MAX_LOOP_ERROR_BYTES) : cutText(message);
    return { code, message: cut, retryable, nodeId: node.id };
  }
  // A defect of the engine: its details are for the log and not for the owner.
  logger.error({ err: error, runId, nodeId: node.id }, "a node failed by a defect of the engine");
  return { code: "INTERNAL", message: "the engine failed", retryable: false, nodeId: node.id };
}
