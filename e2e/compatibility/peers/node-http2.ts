/** `TestService` on `node:http2` without a gRPC library: it sees and sets the Compressed-Flag of each message. */

import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type BoolValue,
  EmptySchema,
  SimpleRequestSchema,
  SimpleResponseSchema,
  StreamingInputCallRequestSchema,
  StreamingInputCallResponseSchema,
  StreamingOutputCallRequestSchema,
  StreamingOutputCallResponseSchema,
} from "../gen/grpc/testing/test_pb.ts";
import { INITIAL, TRAILING, zeros } from "./service.ts";

const PREFIX_BYTES = 5;

interface Message {
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
}

interface Status {
  readonly code: number;
  readonly message: string;
}

const OK: Status = { code: 0, message: "" };
const NOT_AS_EXPECTED: Status = { code: 3, message: "the Compressed-Flag is not the expected one" };
const UNIMPLEMENTED: Status = { code: 12, message: "no such method" };

type Handler = (call: Call) => Promise<Status>;

export async function startNodeHttp2(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  server.on("stream", (stream, headers) => void answer(stream, headers));
  server.on("sessionError", () => {}); // a client that breaks off
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
}

async function close(server: Http2Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  stream.on("error", () => {}); // a client that has left
  const call = new Call(stream, headers);
  const handler = HANDLERS[String(headers[":path"])];
  try {
    call.end(handler === undefined ? UNIMPLEMENTED : await handler(call));
  } catch {
    stream.close(); // a client that has left in the middle of its request
  }
}

class Call {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #closed: Promise<void>;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.#headers = headers;
    this.#closed = new Promise((resolve) => stream.once("close", resolve));
  }

  async *messages(): AsyncGenerator<Message> {
    let buffered = Buffer.alloc(0);
    // Who leaves the loop still has to answer.
    for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
      buffered = Buffer.concat([buffered, chunk as Buffer]);
      for (let size = sizeOf(buffered); buffered.length >= size; size = sizeOf(buffered)) {
        const isCompressed = buffered[0] === 1;
        const bytes = buffered.subarray(PREFIX_BYTES, size);
        yield { bytes: isCompressed ? gunzipSync(bytes) : bytes, isCompressed };
        buffered = buffered.subarray(size);
      }
    }
  }

  async one(): Promise<Message> {
    for await (const message of this.messages()) return message;
    throw new Error("a request without a message");
  }

  async send<Desc extends DescMessage>(
    desc: Desc,
    message: MessageInitShape<Desc>,
    compressed?: BoolValue,
  ): Promise<void> {
    this.#sendHeaders();
    const plain = toBinary(desc, create(desc, message));
    const bytes = compressed?.value === true ? gzipSync(plain) : plain;
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix[0] = compressed?.value === true ? 1 : 0;
    prefix.writeUInt32BE(bytes.length, 1);
    if (this.#stream.write(Buffer.concat([prefix, bytes]))) return;
    const drained = new Promise<void>((resolve) => this.#stream.once("drain", resolve));
    await Promise.race([drained, this.#closed]);
  }

  end({ code, message }: Status): void {
    if (this.#stream.destroyed) return;
    this.#sendHeaders();
    const trailing = this.#headers[TRAILING];
    this.#stream.once("wantTrailers", () =>
      this.#stream.sendTrailers({
        "grpc-status": String(code),
        "grpc-message": encodeURIComponent(message),
        ...(trailing === undefined ? {} : { [TRAILING]: trailing }),
      }),
    );
    this.#stream.end();
  }

  #sendHeaders(): void {
    if (this.#stream.headersSent || this.#stream.destroyed) return;
    const initial = this.#headers[INITIAL];
    this.#stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-encoding": "gzip",
        ...(initial === undefined ? {} : { [INITIAL]: initial }),
      },
      { waitForTrailers: true },
    );
  }
}

function sizeOf(buffered: Buffer): number {
  return buffered.length < PREFIX_BYTES ? Infinity : PREFIX_BYTES + buffered.readUInt32BE(1);
}

/** Whether a message is compressed as its sender says. */
function isAsExpected(expected: BoolValue | undefined, { isCompressed }: Message): boolean {
  return expected === undefined || expected.value === isCompressed;
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  "/grpc.testing.TestService/EmptyCall": async (call) => {
    await call.one();
    await call.send(EmptySchema, {});
    return OK;
  },

  "/grpc.testing.TestService/UnaryCall": async (call) => {
    const message = await call.one();
    const request = fromBinary(SimpleRequestSchema, message.bytes);
    if (!isAsExpected(request.expectCompressed, message)) return NOT_AS_EXPECTED;
    if (request.responseStatus !== undefined) return request.responseStatus;
    await call.send(SimpleResponseSchema, { payload: zeros(request.responseSize) }, request.responseCompressed);
    return OK;
  },

  "/grpc.testing.TestService/StreamingInputCall": async (call) => {
    let aggregatedPayloadSize = 0;
    for await (const message of call.messages()) {
      const { payload, expectCompressed } = fromBinary(StreamingInputCallRequestSchema, message.bytes);
      if (!isAsExpected(expectCompressed, message)) return NOT_AS_EXPECTED;
      aggregatedPayloadSize += payload?.body.length ?? 0;
    }
    await call.send(StreamingInputCallResponseSchema, { aggregatedPayloadSize });
    return OK;
  },

  "/grpc.testing.TestService/StreamingOutputCall": async (call) => {
    await respond(call, await call.one());
    return OK;
  },

  "/grpc.testing.TestService/FullDuplexCall": async (call) => {
    for await (const message of call.messages()) {
      const { responseStatus } = fromBinary(StreamingOutputCallRequestSchema, message.bytes);
      if (responseStatus !== undefined) return responseStatus;
      await respond(call, message);
    }
    return OK;
  },
};

async function respond(call: Call, { bytes }: Message): Promise<void> {
  for (const { size, compressed } of fromBinary(StreamingOutputCallRequestSchema, bytes).responseParameters)
    await call.send(StreamingOutputCallResponseSchema, { payload: zeros(size) }, compressed);
}
