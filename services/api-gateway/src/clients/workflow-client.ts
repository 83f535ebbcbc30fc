/**
 * The client of the workflow agent. It finds its agents by the `WORKFLOW_SERVICE_*` variables, and the channel below
 * follows them as they come, go and fail.
 *
 *     const client = await getWorkflowClient();
 *     for await (const response of client.processConversation({ conversationId: "test-123", message: "Hello, workflow!" }))
 *       console.log(response.message);
 */

import {
  type DeleteConversationRequestSchema,
  type DeleteConversationResponse,
  type GetConversationRequestSchema,
  type GetConversationResponse,
  type ProcessConversationRequestSchema,
  type ProcessConversationResponse,
  WorkflowAgentService,
} from "@agent-team/contracts";
import { cancelOnLeave } from "@agent-team/grpc-client/connect";
import type { Environment, IdentitySigner } from "@agent-team/grpc-server";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, createClient } from "@connectrpc/connect";
import { type Backend, type ChannelView, openBackend } from "./backend.ts";
import { withIdentity } from "./with-identity.ts";
import { withRequestId } from "./with-request-id.ts";

/** Limit of a turn, from the message to its last event, in ms. The agents keep to it across a failover. */
const turnTimeoutMs = 120_000;

/** Limit of a read or a deletion, in ms. It includes the wait for an endpoint and every retry. */
const readTimeoutMs = 10_000;

export interface WorkflowClient extends ChannelView {
  /**
   * Runs one turn and yields its events as they come; `message` holds the text to append to the answer. An empty
   * `requestId` is filled. The call begins with the first read; leaving the loop, or aborting `options.signal`, cancels it
   * at once.
   * Default time limit: 120 s.
   *
   * @throws ConnectError while iterating, with the status that the turn ended with
   */
  processConversation(
    request: MessageInitShape<typeof ProcessConversationRequestSchema>,
    options?: CallOptions,
  ): AsyncIterable<ProcessConversationResponse>;

  /** Reads messages, draft and running turn. Default time limit: 10 s. @throws ConnectError */
  getConversation(
    request: MessageInitShape<typeof GetConversationRequestSchema>,
    options?: CallOptions,
  ): Promise<GetConversationResponse>;

  /** Deletes messages, draft and turns. Default time limit: 10 s. @throws ConnectError */
  deleteConversation(
    request: MessageInitShape<typeof DeleteConversationRequestSchema>,
    options?: CallOptions,
  ): Promise<DeleteConversationResponse>;

  /** Closes the connections; a later `getWorkflowClient()` opens new ones. */
  close(): Promise<void>;
}

export interface WorkflowClientOptions {
  /** Where the variables are read. Default: the process environment. */
  readonly env?: Environment | undefined;
  /** Calls go here instead of over a channel, and no variable is read. For tests. */
  readonly backend?: Backend | undefined;
  /**
   * Signs who a call is made for, which services with IDENTITY_SECRET ask for; each call then needs its caller.
   * Default: none, for services that ask for no identity.
   */
  readonly identity?: IdentitySigner | undefined;
}

let shared: Promise<WorkflowClient> | undefined;

/**
 * The process's one client: a channel is meant to be shared, because it learns from every call. With options, a client
 * of the caller's own.
 *
 * @throws ConfigError of one line when a variable is wrong. An agent that does not answer is no error here.
 */
export function getWorkflowClient(options?: WorkflowClientOptions): Promise<WorkflowClient> {
  if (options !== undefined) return open(options, () => undefined);
  if (shared === undefined) {
    shared = open({}, forget);
    shared.catch(forget); // a client that could not be made is not remembered
  }
  return shared;
}

function forget(): void {
  shared = undefined;
}

async function open(options: WorkflowClientOptions, onClose: () => void): Promise<WorkflowClient> {
  const backend = options.backend ?? openBackend("WORKFLOW_SERVICE", options.env ?? process.env, 50051);
  return connect(backend, options.identity, onClose);
}

function connect(backend: Backend, identity: IdentitySigner | undefined, onClose: () => void): WorkflowClient {
  const agent = createClient(WorkflowAgentService, withIdentity(backend.transport, identity, "workflow-agent"));
  return {
    processConversation(request, options) {
      const identifiedRequest = withRequestId(request);
      return cancelOnLeave(
        (signal) => agent.processConversation(identifiedRequest, { timeoutMs: turnTimeoutMs, ...options, signal }),
        options?.signal,
      );
    },
    getConversation: (request, options) => agent.getConversation(request, { timeoutMs: readTimeoutMs, ...options }),
    deleteConversation: (request, options) =>
      agent.deleteConversation(request, { timeoutMs: readTimeoutMs, ...options }),
    on: (listener) => backend.on(listener),
    snapshot: () => backend.snapshot(),
    close() {
      onClose();
      return backend.close();
    },
  };
}
