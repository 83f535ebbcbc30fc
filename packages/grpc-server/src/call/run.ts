import { underInbound } from "@agent-team/grpc-client/for-servers";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import type { Admit } from "../identity.ts";
import type { WireCall } from "../wire.ts";
import { decode } from "./decode.ts";
import type { ServedCall } from "./served-call.ts";

/** What a handler runs with. */
export interface Run {
  readonly spec: MethodImplSpec;
  readonly wire: WireCall;
  readonly call: ServedCall;
  /** Undefined: the call needs no identity. */
  readonly admit: Admit | undefined;
  /** The one request, of a method without a stream of them. */
  readonly request: Uint8Array | undefined;
}

/**
 * Runs a handler for one call, after `admit` has checked the caller. The four kinds of method are one or many requests times one or
 * many responses. Every failure ends the call with its status.
 */
export function run(run: Run): void {
  const { wire, call, admit } = run;
  try {
    if (admit !== undefined) call.context.identity = admit(wire.metadata);
    underInbound(call.scope, () => respond(run));
  } catch (thrown) {
    call.didThrow(thrown);
  }
}

function respond({ spec, wire, call, request }: Run): void {
  const { method } = spec;
  switch (spec.kind) {
    case "unary":
      return sendOne(call, spec.impl(decodeOne(method.input, request), call.context));
    case "server_streaming":
      return void sendMany(call, spec.impl(decodeOne(method.input, request), call.context));
    case "client_streaming":
      return sendOne(call, spec.impl(decodeMany(method.input, wire, call), call.context));
    case "bidi_streaming":
      return void sendMany(call, spec.impl(decodeMany(method.input, wire, call), call.context));
    default:
      return spec satisfies never;
  }
}

function decodeOne<Desc extends DescMessage>(input: Desc, request: Uint8Array | undefined): MessageShape<Desc> {
  if (request === undefined) throw new Error("expected a call with one request, got a stream of requests");
  return decode(input, request);
}

async function* decodeMany<Desc extends DescMessage>(
  input: Desc,
  { requests }: WireCall,
  { context }: ServedCall,
): AsyncGenerator<MessageShape<Desc>> {
  for await (const message of requests) yield decode(input, message);
  // Node's clients cancel by END_STREAM and RST_STREAM together: what came of the request must not pass for all of it.
  if (context.abortReason !== undefined) throw context.abortReason;
}

type Message = MessageInitShape<DescMessage>;

/** One promise for a call: async functions around it would cost three. */
function sendOne(call: ServedCall, response: Message | Promise<Message>): void {
  Promise.resolve(response).then(
    (message) => call.answer(message),
    (thrown: unknown) => call.didThrow(thrown),
  );
}

/** Sends the messages that the handler yields, no faster than the client reads them. */
async function sendMany(call: ServedCall, responses: AsyncIterable<Message>): Promise<void> {
  try {
    await sendAll(call, responses[Symbol.asyncIterator]());
    call.finish();
  } catch (thrown) {
    call.didThrow(thrown);
  }
}

/**
 * When the call ends early, the handler's generator returns: at once if it waits at a `yield`, otherwise at its next one. So its
 * `finally` runs.
 */
async function sendAll(call: ServedCall, iterator: AsyncIterator<Message>): Promise<void> {
  const { context } = call;
  context.onAbort = () => void endIterator(iterator);
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const isFull = call.send(next.value);
      if (isFull !== undefined) await isFull;
      if (context.abortReason !== undefined) return;
    }
  } finally {
    context.onAbort = undefined;
  }
}

/** An error that the iterator throws when it returns comes after the end of the call: no caller could get it. */
async function endIterator(iterator: AsyncIterator<Message>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // see above
  }
}
