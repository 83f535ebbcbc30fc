/**
 * The client of the workflow agent. Its channel finds the agents by the `WORKFLOW_SERVICE_*` variables, and follows them
 * as they start, stop and fail.
 *
 *     const client = await getWorkflowClient();
 *     for await (const response of client.processConversation({ conversationId: "test-123", message: "Hello, workflow!" }))
 *       console.log(response.message);
 */

import {
  type CancelTurnRequestSchema,
  type CancelTurnResponse,
  type CopyConversationRequestSchema,
  type CopyConversationResponse,
  type DeleteConversationRequestSchema,
  type DeleteConversationResponse,
  type GetConversationRequestSchema,
  type GetConversationResponse,
  type ListConversationsRequestSchema,
  type ListConversationsResponse,
  type ProcessConversationRequestSchema,
  type ProcessConversationResponse,
  WorkflowAgentService,
} from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, createClient } from "@connectrpc/connect";
import { type CallRules, type ChannelView, type ClientOptions, openBackend } from "./backend.ts";
import { withRequestId } from "./request-id.ts";
import { ServerStream, type StreamOptions } from "./server-stream.ts";
import { RESUMABLE_TURNS } from "./turn-resume.ts";
import { withIdentity } from "./with-identity.ts";
import { type TimeLimits, withTimeLimits } from "./with-time-limits.ts";

/** The only stream is a turn. The agents keep to its limit across a failover. */
export const TURN_LIMIT_MS = 120_000;
const TIME_LIMITS: TimeLimits = { unaryMs: 10_000, streamMs: TURN_LIMIT_MS };

/** An agent sends a heartbeat every 2 s: after three missing ones it hangs, and another one continues its turns. */
const AGENT_PATIENCE_MS = 6_000;

const CALL_RULES: CallRules = {
  resumable: [RESUMABLE_TURNS],
  channel: { firstByteTimeoutMs: AGENT_PATIENCE_MS, idleTimeoutMs: AGENT_PATIENCE_MS },
};

export interface WorkflowClient extends ChannelView {
  /**
   * Runs one turn and yields its events as they come; `message` holds the text to append to the answer. An empty
   * `requestId` is filled. The call starts with the first read; leaving the loop, or aborting `options.signal`, cancels
   * it at once; the turn itself goes on for 30 s without a reader. When the agent dies or stops, another one continues the turn,
   * and the events go on without a gap. Default time limit: 120 s.
   *
   * @throws ConnectError while iterating, with the status of the turn
   */
  processConversation(
    request: MessageInitShape<typeof ProcessConversationRequestSchema>,
    options?: StreamOptions,
  ): AsyncIterable<ProcessConversationResponse>;

  /** Reads messages, draft and running turn. Default time limit: 10 s. @throws ConnectError */
  getConversation(
    request: MessageInitShape<typeof GetConversationRequestSchema>,
    options?: CallOptions,
  ): Promise<GetConversationResponse>;

  /** Lists the caller's conversations, the one that changed last first. Default time limit: 10 s. @throws ConnectError */
  listConversations(
    request: MessageInitShape<typeof ListConversationsRequestSchema>,
    options?: CallOptions,
  ): Promise<ListConversationsResponse>;

  /** Copies messages, draft and open questions under another id. Default time limit: 10 s. @throws ConnectError */
  copyConversation(
    request: MessageInitShape<typeof CopyConversationRequestSchema>,
    options?: CallOptions,
  ): Promise<CopyConversationResponse>;

  /** Deletes messages, draft and turns. Default time limit: 10 s. @throws ConnectError */
  deleteConversation(
    request: MessageInitShape<typeof DeleteConversationRequestSchema>,
    options?: CallOptions,
  ): Promise<DeleteConversationResponse>;

  /** Stops a turn and its cost. Default time limit: 10 s. @throws ConnectError */
  cancelTurn(
    request: MessageInitShape<typeof CancelTurnRequestSchema>,
    options?: CallOptions,
  ): Promise<CancelTurnResponse>;

  /** Closes the connections; a later `getWorkflowClient()` opens new ones. */
  close(): Promise<void>;
}

let shared: Promise<WorkflowClient> | undefined;

/**
 * The one client of the process, because a channel learns from every call. With options: a client of the caller's own.
 *
 * @throws ConfigError with one line when a variable is wrong. An agent that does not answer is no error here.
 */
export function getWorkflowClient(options?: ClientOptions): Promise<WorkflowClient> {
  if (options !== undefined) return createWorkflowClient(options, () => undefined);
  if (shared === undefined) {
    shared = createWorkflowClient({}, forget);
    shared.catch(forget); // after a ConfigError the next caller tries again
  }
  return shared;
}

function forget(): void {
  shared = undefined;
}

async function createWorkflowClient(options: ClientOptions, onClose: () => void): Promise<WorkflowClient> {
  const backend = openBackend("WORKFLOW_SERVICE", 50051, options, CALL_RULES);
  const transport = withIdentity(backend.transport, options.identity, "workflow-agent");
  const limited = withTimeLimits(transport, TIME_LIMITS);
  const agent = createClient(WorkflowAgentService, limited);
  return {
    processConversation(request, call) {
      // A turn that is named by its id has its key.
      const keyed = request.turnId ? request : withRequestId(request);
      return new ServerStream(limited, WorkflowAgentService.method.processConversation, keyed, call);
    },
    getConversation: (request, call) => agent.getConversation(request, call),
    listConversations: (request, call) => agent.listConversations(request, call),
    copyConversation: (request, call) => agent.copyConversation(request, call),
    deleteConversation: (request, call) => agent.deleteConversation(request, call),
    cancelTurn: (request, call) => agent.cancelTurn(request, call),
    on: (listener) => backend.on(listener),
    snapshot: () => backend.snapshot(),
    close() {
      onClose();
      return backend.close();
    },
  };
}
