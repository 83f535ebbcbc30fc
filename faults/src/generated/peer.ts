/**
 * A server of generated answers, on a socket and without an HTTP/2 library. In: requests whose message is a seed. Out: the answer of that
 * seed, in pieces, or last words and the end of the connection. It reads no header: the seed says everything.
 */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  CONNECTION_PREFACE,
  FRAME_HEADER_BYTES,
  FrameFlag,
  FrameType,
  pingFrame,
  readFrameHeader,
  settingsAckFrame,
  settingsFrame,
} from "@agent-team/http2";
import { makeAnswer } from "./answer.ts";
import { Dice } from "./dice.ts";
import { makeLastWords } from "./last-words.ts";

const PREFIX_BYTES = 5;
const REQUEST_BYTES = 5;

/** The message of a request. `isLast`: the connection ends with the answer. */
export function requestOf(seed: number, isLast: boolean): Buffer {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeUInt32BE(seed, 0);
  request[4] = isLast ? 1 : 0;
  return request;
}

export class GeneratingPeer implements AsyncDisposable {
  /** Requests that it has answered. */
  answered = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => this.#accept(socket));
  }

  static async start(): Promise<GeneratingPeer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new GeneratingPeer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // the client breaks connections on which it has read nonsense
    socket.setNoDelay(true);
    socket.write(settingsFrame());
    const requests = new Map<number, Buffer>();
    let unread: Buffer = Buffer.alloc(0);
    let skip = CONNECTION_PREFACE.length;
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk.subarray(skip)]);
      skip = Math.max(0, skip - chunk.length);
      for (let frame = firstFrame(unread); frame !== undefined; frame = firstFrame(unread)) {
        unread = unread.subarray(frame.bytes);
        this.#read(socket, requests, frame);
      }
    });
  }

  #read(socket: Socket, requests: Map<number, Buffer>, { type, flags, streamId, payload }: Frame): void {
    const isAck = (flags & FrameFlag.ack) !== 0;
    if (type === FrameType.settings && !isAck) socket.write(settingsAckFrame());
    if (type === FrameType.ping && !isAck) socket.write(pingFrame(payload, { ack: true }));
    if (type !== FrameType.data) return;
    const request = Buffer.concat([requests.get(streamId) ?? Buffer.alloc(0), payload]);
    requests.set(streamId, request);
    if (request.length < PREFIX_BYTES + REQUEST_BYTES) return;
    requests.delete(streamId);
    this.#answer(socket, streamId, request.readUInt32BE(PREFIX_BYTES), request.at(-1) === 1);
  }

  #answer(socket: Socket, streamId: number, seed: number, isLast: boolean): void {
    this.answered++;
    const dice = new Dice(seed);
    if (!isLast) for (const piece of dice.split(Buffer.concat(makeAnswer(dice, streamId).frames))) socket.write(piece);
    else socket.end(makeLastWords(dice, streamId).bytes);
  }
}

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  /** With its header. */
  readonly bytes: number;
}

/** Undefined: it is not there yet. */
function firstFrame(octets: Buffer): Frame | undefined {
  if (octets.length < FRAME_HEADER_BYTES) return undefined;
  const { length, type, flags, streamId } = readFrameHeader(octets, 0);
  const bytes = FRAME_HEADER_BYTES + length;
  if (octets.length < bytes) return undefined;
  return { type, flags, streamId, payload: octets.subarray(FRAME_HEADER_BYTES, bytes), bytes };
}
