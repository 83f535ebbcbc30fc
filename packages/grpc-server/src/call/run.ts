import { underInbound } from "@agent-team/grpc-client";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import type { ServerDuplexStream, ServerReadableStream } from "@grpc/grpc-js";
import type { Admit } from "../identity.ts";
import { decode } from "./codec.ts";
import type { ServedCall } from "./served-call.ts";
import type { WireCall } from "./wire.ts";

/**
 * Runs a handler for one call, after `admit` has checked the caller; without `admit` the call needs no identity. The four
 * kinds of method are one or many requests times one or many responses.
 */
export async function run(
  spec: MethodImplSpec,
  wire: WireCall,
  call: ServedCall,
  admit: Admit | undefined,
): Promise<void> {
  try {
    if (admit !== undefined) call.context.identity = admit(wire.metadata);
    await underInbound(call.scope, () => respond(spec, wire, call));
    call.finish();
  } catch (thrown) {
    call.didThrow(thrown);
  }
}

function respond(spec: MethodImplSpec, wire: WireCall, call: ServedCall): Promise<void> {
  const { method } = spec;
  switch (spec.kind) {
    case "unary":
      return sendOne(call, spec.impl(request(method.input, wire), call.context));
    case "server_streaming":
      return sendMany(call, spec.impl(request(method.input, wire), call.context));
    case "client_streaming":
      return sendOne(call, spec.impl(requests(method.input, wire), call.context));
    case "bidi_streaming":
      return sendMany(call, spec.impl(requests(method.input, wire), call.context));
    default:
      return spec satisfies never;
  }
}

function request<Desc extends DescMessage>(input: Desc, wire: WireCall): MessageShape<Desc> {
  if (!("request" in wire)) throw new Error("expected a call with one request, got a stream of requests");
  return decode(input, wire.request);
}

async function* requests<Desc extends DescMessage>(input: Desc, wire: WireCall): AsyncGenerator<MessageShape<Desc>> {
  const stream = wire as ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;
  // A handler may stop reading and still answer: the end of the loop must not destroy the stream, which carries the responses.
  for await (const bytes of stream.iterator({ destroyOnReturn: false })) yield decode(input, bytes as Buffer);
}

type Message = MessageInitShape<DescMessage>;

async function sendOne(call: ServedCall, response: Message | Promise<Message>): Promise<void> {
  await call.send(await response);
}

/**
 * Sends the messages that the handler yields, no faster than the client reads them. When the call ends early, the
 * handler's generator returns: at once if it waits at a `yield`, otherwise at its next one. So its `finally` runs.
 */
async function sendMany(call: ServedCall, responses: AsyncIterable<Message>): Promise<void> {
  const { signal } = call.context;
  const iterator = responses[Symbol.asyncIterator]();
  const onAbort = (): void => void endIterator(iterator);
  signal.addEventListener("abort", onAbort);
  try {
    for await (const response of { [Symbol.asyncIterator]: () => iterator }) {
      await call.send(response);
      if (signal.aborted) break;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
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
