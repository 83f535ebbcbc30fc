import type { ProcessConversationRequestSchema, ProcessConversationResponse } from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import { turnIdOf } from "../public-status.ts";
import type { CallOptions } from "./call-options.ts";

/** What happens to a message while another turn of its conversation runs. */
export type OnActiveTurn = "reject" | "enqueue" | "interrupt";

export type TurnRequest = MessageInitShape<typeof ProcessConversationRequestSchema>;

/** One turn after another: more than this many turns before one's own are a fault, or a crowd. */
const MAX_TURNS_BEFORE = 20;

/**
 * Runs a turn. While another one runs, it is refused, waits for the end of the other one, or ends it.
 * @throws ConnectError FAILED_PRECONDITION when it is refused
 */
export async function* runTurn(
  workflow: WorkflowClient,
  request: TurnRequest,
  onActiveTurn: OnActiveTurn,
  options: CallOptions,
): AsyncGenerator<ProcessConversationResponse> {
  for (let before = 0; ; before += 1) {
    let hasBegun = false;
    try {
      for await (const response of workflow.processConversation(request, options)) {
        hasBegun = true;
        yield response;
      }
      return;
    } catch (error) {
      const other = activeTurnOf(error);
      if (hasBegun || other === undefined || onActiveTurn === "reject" || before === MAX_TURNS_BEFORE) throw error;
      if (onActiveTurn === "interrupt") await interrupt(workflow, other, options);
      else await untilEnd(workflow, other, options);
    }
  }
}

function activeTurnOf(error: unknown): string | undefined {
  const isActive = error instanceof ConnectError && error.code === Code.FailedPrecondition;
  return isActive ? turnIdOf(error) : undefined;
}

/** The other turn may not be stored yet, or have been refused: it marks its conversation first. */
async function interrupt(workflow: WorkflowClient, turnId: string, options: CallOptions): Promise<void> {
  try {
    await workflow.cancelTurn({ turnId }, options);
  } catch (error) {
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
  }
}

/** How the other turn ends does not matter; a reader that cannot read it any more tries its own turn again. */
async function untilEnd(workflow: WorkflowClient, turnId: string, options: CallOptions): Promise<void> {
  try {
    for await (const _ of workflow.processConversation({ turnId }, options));
  } catch {
    options.signal.throwIfAborted();
  }
}
