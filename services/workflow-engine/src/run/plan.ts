import type { JsonValue } from "@bufbuild/protobuf";
import { DEFAULT_OUTPUT, type Graph } from "../graph.ts";
import { NodeFailure } from "../node-failure.ts";
import type { RunEvent } from "../run-event.ts";
import { checkOutput } from "./check-output.ts";
import { type Command, decide } from "./decide.ts";

/**
 * All events that can be recorded now: a skip leads to further skips, and the last of them may end the run. One list, so that
 * they cost one write.
 */
export function nextEvents(graph: Graph, events: readonly RunEvent[], timeMs: number): readonly RunEvent[] {
  const added: RunEvent[] = [];
  for (;;) {
    const commands = decide(graph, [...events, ...added], timeMs);
    if (commands.length === 0) return added;
    added.push(...commands.map((command) => toEvent(command, timeMs)));
  }
}

function toEvent(command: Command, timeMs: number): RunEvent {
  switch (command.kind) {
    case "start":
      return { type: "node_started", timeMs, nodeId: command.nodeId };
    case "skip":
      return { type: "node_skipped", timeMs, nodeId: command.nodeId };
    case "abort":
      return { type: "node_canceled", timeMs, nodeId: command.nodeId };
    case "wake":
      return { type: "node_woken", timeMs, nodeId: command.nodeId, outputKey: command.outputKey };
    case "join":
      return joined(command.nodeId, [...command.outputs], timeMs);
    case "time-out":
      return { type: "stop_requested", timeMs, as: "timed_out", reason: command.reason };
    case "end":
      return { type: "run_ended", timeMs, ...command.end };
    default:
      return command satisfies never;
  }
}

/** The end of a loop. */
function joined(nodeId: string, output: JsonValue, timeMs: number): RunEvent {
  try {
    checkOutput(nodeId, output);
    return { type: "node_succeeded", timeMs, nodeId, outputKey: DEFAULT_OUTPUT, output };
  } catch (error) {
    if (!(error instanceof NodeFailure)) throw error;
    const { code, message, retryable } = error;
    return { type: "node_failed", timeMs, nodeId, error: { code, message, retryable, nodeId } };
  }
}
