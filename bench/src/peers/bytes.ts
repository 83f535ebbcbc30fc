import {
  type CallSink,
  type Channel,
  type ChannelError,
  type ClientCall,
  createChannel,
  type Method,
} from "@agent-team/grpc-client";
import { toBinary } from "@bufbuild/protobuf";
import { BytesValueSchema } from "@bufbuild/protobuf/wkt";
import {
  checkCount,
  HANG_PATH,
  LARGE_PATH,
  largeMessage,
  PING_PONG_PATH,
  SMALL,
  STREAM_MESSAGES,
  STREAM_PATH,
} from "../echo.ts";
import type { Peer, PeerTarget } from "../peer.ts";
import { encode, PATH, REQUEST } from "../workload.ts";
import { oursOptions, oursTarget } from "./ours.ts";

const SMALL_BYTES = toBinary(BytesValueSchema, SMALL);
const UNARY: Method = { path: PATH, unaryRequest: true, unaryResponse: true, idempotent: false };
const STREAM: Method = { path: STREAM_PATH, unaryRequest: true, unaryResponse: false, idempotent: false };
const PING_PONG: Method = { path: PING_PONG_PATH, unaryRequest: false, unaryResponse: false, idempotent: false };
const HANG: Method = { ...UNARY, path: HANG_PATH };
const LARGE: Method = { ...UNARY, path: LARGE_PATH };

/** Our channel without a client on top of it: messages are bytes. */
export function createBytesPeer(target: PeerTarget): Peer {
  const channel = createChannel(oursTarget(target), oursOptions(target));
  return {
    call: async () => void (await exchange(channel, UNARY, encode(REQUEST))),
    serverStream: async () => checkCount(await exchange(channel, STREAM, SMALL_BYTES)),
    pingPong: async () => checkCount(await pingPong(channel)),
    large: async (bytes) => void (await exchange(channel, LARGE, largeMessage(bytes))),
    hang: () => void exchange(channel, HANG, SMALL_BYTES),
    close: () => channel.close(),
  };
}

/** Resolves to the number of messages. Each has the length of the request. */
function exchange(channel: Channel, method: Method, request: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = channel.call(method, {}, new Count(request.length, resolve, reject));
    call.send(request, true);
    call.start();
  });
}

function pingPong(channel: Channel): Promise<number> {
  return new Promise((resolve, reject) => {
    const sink = new Count(SMALL_BYTES.length, resolve, reject, () => {
      if (sink.messages === STREAM_MESSAGES) call.halfClose();
      else call.send(SMALL_BYTES, false);
    });
    const call: ClientCall = channel.call(PING_PONG, {}, sink);
    call.send(SMALL_BYTES, false);
    call.start();
  });
}

/** Counts messages of one length. */
class Count implements CallSink {
  messages = 0;
  readonly #bytes: number;
  readonly #resolve: (messages: number) => void;
  readonly #reject: (error: Error) => void;
  readonly #didCount: (() => void) | undefined;

  constructor(
    bytes: number,
    resolve: (messages: number) => void,
    reject: (error: Error) => void,
    didCount?: () => void,
  ) {
    this.#bytes = bytes;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#didCount = didCount;
  }

  onHeaders(): void {}

  onMessage(message: Uint8Array): void {
    if (message.length !== this.#bytes)
      return this.#reject(new Error(`expected ${this.#bytes} bytes, got ${message.length}`));
    this.messages++;
    this.#didCount?.();
  }

  onEnd(error: ChannelError | undefined): void {
    if (error === undefined) this.#resolve(this.messages);
    else this.#reject(error);
  }

  onDrain(): void {}
}
