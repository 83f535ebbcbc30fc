/**
 * A gRPC server of frames and header blocks alone. It answers each request with an empty message, and gives the request's metadata
 * back as trailers. It keeps the requests' lists.
 */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  CONNECTION_PREFACE,
  dataFrame,
  type HeaderField,
  HpackDecoder,
  HpackEncoder,
  headersFrame,
  pingFrame,
  SettingId,
  settingsAckFrame,
  settingsFrame,
} from "@agent-team/http2";
import { FrameParser } from "../../src/read/frame-parser.ts";
import { type DataEvents, type FrameEvents, FrameReceiver } from "../../src/read/frame-receiver.ts";
import { applySettings, INITIAL_SETTINGS } from "../../src/settings.ts";

const EMPTY_MESSAGE = new Uint8Array(5);

export class RawServer implements Disposable {
  /** The list of each request. */
  readonly requests: (readonly HeaderField[])[] = [];
  /** What went wrong while the peer's frames were read. */
  readonly errors: unknown[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(headerTableBytes: number) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.push(socket);
      socket.on("error", () => {}); // the client's end
      this.#serve(socket, headerTableBytes);
    });
  }

  /** `headerTableBytes`: the size of the dynamic table that it announces. */
  static async listen(headerTableBytes: number): Promise<RawServer> {
    const server = new RawServer(headerTableBytes);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, headerTableBytes: number): void {
    const connection = new RawServerConnection(socket, this.requests, headerTableBytes);
    const parser = new FrameParser(new FrameReceiver(connection, connection), 16_384);
    let prefaceBytes = CONNECTION_PREFACE.length;
    socket.on("data", (chunk: Buffer) => {
      const skipped = Math.min(prefaceBytes, chunk.length);
      prefaceBytes -= skipped;
      try {
        parser.push(chunk.subarray(skipped));
      } catch (error) {
        this.errors.push(error);
        socket.destroy();
      }
    });
    socket.write(settingsFrame([[SettingId.headerTableSize, headerTableBytes]]));
  }
}

class RawServerConnection implements FrameEvents, DataEvents {
  readonly #socket: Socket;
  readonly #requests: (readonly HeaderField[])[];
  readonly #headerTableBytes: number;
  readonly #encoder = new HpackEncoder();
  readonly #decoder = new HpackDecoder();

  constructor(socket: Socket, requests: (readonly HeaderField[])[], headerTableBytes: number) {
    this.#socket = socket;
    this.#requests = requests;
    this.#headerTableBytes = headerTableBytes;
  }

  onHeaderBlock(streamId: number, block: Buffer): void {
    const fields = this.#decoder.decode(block);
    this.#requests.push(fields);
    const headers: HeaderField[] = [
      [":status", "200"],
      ["content-type", "application/grpc"],
    ];
    const metadata = fields.filter(([name]) => name.startsWith("x-"));
    this.#socket.write(headersFrame(streamId, this.#encoder.encode(headers)));
    this.#socket.write(dataFrame(streamId, EMPTY_MESSAGE));
    const trailers = this.#encoder.encode([["grpc-status", "0"], ...metadata]);
    this.#socket.write(headersFrame(streamId, trailers, { endStream: true }));
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    applySettings(INITIAL_SETTINGS, bytes, start, end, (size) => this.#encoder.setMaxTableSize(size));
    this.#socket.write(settingsAckFrame());
  }

  onSettingsAck(): void {
    this.#decoder.setMaxTableSize(this.#headerTableBytes);
  }

  onPing(bytes: Buffer, start: number): void {
    this.#socket.write(pingFrame(bytes.subarray(start, start + 8), { ack: true }));
  }

  onDataFrames(): void {}
  onData(): void {}
  onRstStream(): void {}
  onPingAck(): void {}
  onGoaway(): void {}
  onWindowUpdate(): void {}
  onStreamError(_streamId: number, error: Error): void {
    throw error;
  }
  onIdleFrame(): void {}
}
