/** Typed clients over a channel, and common steps of their tests. */

import { ProcessConversationResponseSchema, WorkflowAgentService } from "@agent-team/contracts";
import { create, toBinary } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "../../src/adapters/connect.ts";
import type { Channel } from "../../src/index.ts";
import type { StubCall, StubHandler } from "../../src/testing/index.ts";
import type { Bench } from "./bench.ts";

/** A channel to one server that answers every call with `handler`. */
export async function connect(bench: Bench, handler: StubHandler): Promise<Channel> {
  return await bench.connect([await bench.serve({ handlers: { "*": handler } })]);
}

export function agent(channel: Channel, interceptors: Interceptor[] = []): Client<typeof WorkflowAgentService> {
  return createClient(WorkflowAgentService, createConnectTransport(channel, { interceptors }));
}

/** `processConversation`, declared as a method that must not run twice. */
export const ONCE: typeof WorkflowAgentService.method.processConversation = {
  ...WorkflowAgentService.method.processConversation,
  idempotency: MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
};

/** A client of this one method. */
export function withMethod(method: typeof ONCE, transport: Transport): Client<typeof WorkflowAgentService> {
  return createClient({ ...WorkflowAgentService, methods: [method] } as typeof WorkflowAgentService, transport);
}

/** Sends a token for each word. */
export function say(call: StubCall, words: readonly string[]): void {
  for (const message of words) {
    call.send(toBinary(ProcessConversationResponseSchema, create(ProcessConversationResponseSchema, { message })));
  }
}

/** The rejection of a promise, which must be a ConnectError. */
export async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  const reason: unknown = await promise.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
  if (reason instanceof ConnectError) return reason;
  throw new Error("rejected with something that is no ConnectError", { cause: reason });
}

export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

export async function* words(...values: string[]): AsyncGenerator<{ value: string }> {
  for (const value of values) yield { value };
}

export async function* asRequests(input: AsyncIterable<{ value: string }>): AsyncGenerator<{ message: string }> {
  for await (const { value } of input) yield { message: value };
}

/** Attempts that have not ended, on all endpoints. */
export function inFlight(channel: Channel): number {
  return channel
    .snapshot()
    .tiers.flatMap(({ endpoints }) => endpoints)
    .reduce((sum, endpoint) => sum + endpoint.inFlight, 0);
}
