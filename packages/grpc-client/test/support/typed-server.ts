/** Handlers of stub servers in messages instead of bytes. */

import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethodClientStreaming,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  MethodOptions_IdempotencyLevel,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import type { StubCall, StubHandler } from "../../src/testing/index.ts";

interface Rpc<I extends DescMessage, O extends DescMessage> {
  readonly input: I;
  readonly output: O;
}

/** Answers the one request with one message, and OK. */
export function unary<I extends DescMessage, O extends DescMessage>(
  { input, output }: Rpc<I, O>,
  answer: (request: MessageShape<I>, call: StubCall) => MessageInitShape<O>,
): StubHandler {
  return async (call) => {
    const [request = new Uint8Array()] = await call.request;
    call.send(toBinary(output, create(output, answer(fromBinary(input, request), call))));
    call.end();
  };
}

/** Answers each request message at once, and ends when the client does. */
export function bidi<I extends DescMessage, O extends DescMessage>(
  { input, output }: Rpc<I, O>,
  answer: (request: MessageShape<I>) => MessageInitShape<O>,
): StubHandler {
  return async (call) => {
    call.sendHeaders();
    call.onRequest((request) => call.send(toBinary(output, create(output, answer(fromBinary(input, request))))));
    await call.request;
    call.end();
  };
}

/** `test.Words/Join`: a client-streaming method, which the contracts do not have. */
export const JOIN = describeJoin();

function describeJoin(): DescMethodClientStreaming<typeof StringValueSchema, typeof StringValueSchema> {
  const method = {
    name: "Join",
    inputType: ".google.protobuf.StringValue",
    outputType: ".google.protobuf.StringValue",
    clientStreaming: true,
    options: { idempotencyLevel: MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN },
  };
  const file = create(FileDescriptorProtoSchema, {
    name: "test/words.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto"],
    service: [{ name: "Words", method: [method] }],
  });
  const join = createFileRegistry(file, (name) =>
    name === "google/protobuf/wrappers.proto" ? file_google_protobuf_wrappers : undefined,
  ).getService("test.Words")?.method["join"];
  if (join === undefined) throw new Error("test.Words/Join is not described");
  return join as DescMethodClientStreaming<typeof StringValueSchema, typeof StringValueSchema>;
}
