/**
 * The service of the benchmarks of streams and of large messages: each method returns the bytes that it gets. Its messages are
 * `google.protobuf.BytesValue`, where a client has a codec at all.
 */

import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import {
  type BytesValue,
  BytesValueSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

/** Of one stream. */
export const STREAM_MESSAGES = 100;

/** Of the server: the request's message so many times. */
export const STREAM_PATH = "/bench.Echo/Stream";
/** Each message back, as it comes. */
export const PING_PONG_PATH = "/bench.Echo/PingPong";
/** No answer. */
export const HANG_PATH = "/bench.Echo/Hang";
/** The request's message back, once it is whole. */
export const LARGE_PATH = "/bench.Echo/Large";

/** 98 bytes with a tag and a length: 100 bytes, as in the other benchmarks. */
export const SMALL: BytesValue = create(BytesValueSchema, { value: new Uint8Array(98).fill(101) });

const largeMessages = new Map<number, Buffer>();

/** A message of so many bytes, the same each time: what a caller pays for a fresh MiB, and for its collection, is not the channel's. */
export function largeMessage(bytes: number): Buffer {
  const message = largeMessages.get(bytes) ?? Buffer.alloc(bytes);
  largeMessages.set(bytes, message);
  return message;
}

/** @throws Error when it is not the message of 98 bytes. */
export function checkSmall({ value }: BytesValue): void {
  if (value.length !== SMALL.value.length) throw new Error(`expected ${SMALL.value.length} bytes, got ${value.length}`);
}

/** @throws Error when a stream did not have all messages. */
export function checkCount(messages: number): void {
  if (messages !== STREAM_MESSAGES) throw new Error(`expected ${STREAM_MESSAGES} messages, got ${messages}`);
}

type Bytes = typeof BytesValueSchema;
export type EchoService = GenService<{
  stream: { methodKind: "server_streaming"; input: Bytes; output: Bytes };
  pingPong: { methodKind: "bidi_streaming"; input: Bytes; output: Bytes };
}>;

const MESSAGE = ".google.protobuf.BytesValue";
const FILE = create(FileDescriptorProtoSchema, {
  name: "bench.proto",
  package: "bench",
  syntax: "proto3",
  dependency: [file_google_protobuf_wrappers.proto.name],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Stream", inputType: MESSAGE, outputType: MESSAGE, serverStreaming: true },
        { name: "PingPong", inputType: MESSAGE, outputType: MESSAGE, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
});

/** What generated code would have: without a build it is made from its description. */
export const ECHO: EchoService = createFileRegistry(FILE, () => file_google_protobuf_wrappers.proto).getService(
  "bench.Echo",
) as EchoService;
