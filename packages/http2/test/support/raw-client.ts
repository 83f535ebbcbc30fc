/**
 * An HTTP/2 client of frames and header blocks, without any rule of HTTP about them: what a test gives it is sent. It asserts that the
 * peer accepts every block, and gives each of the peer's lists.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  CONNECTION_PREFACE,
  dataFrame,
  ErrorCode,
  type HeaderField,
  HpackDecoder,
  HpackEncoder,
  headersFrame,
  type PreparedFields,
  pingFrame,
  SettingId,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "@agent-team/http2";
import { FrameParser } from "../../src/read/frame-parser.ts";
import { type DataEvents, type FrameEvents, FrameReceiver } from "../../src/read/frame-receiver.ts";
import { applySettings, INITIAL_SETTINGS } from "../../src/settings.ts";
import { dataOfFrames } from "./data-frames.ts";

/** More than any test transfers, so that flow control never acts. */
const WINDOW_BYTES = 1 << 30;

export interface RawResponse {
  /** Response headers, and trailers if there are any. */
  readonly lists: readonly (readonly HeaderField[])[];
  readonly body: Buffer;
}

/** A response on its way. */
class Pending {
  readonly lists: (readonly HeaderField[])[] = [];
  readonly body: Buffer[] = [];
  readonly #finished = Promise.withResolvers<RawResponse>();

  get response(): Promise<RawResponse> {
    return this.#finished.promise;
  }

  finish(): void {
    this.#finished.resolve({ lists: this.lists, body: Buffer.concat(this.body) });
  }

  fail(error: Error): void {
    this.#finished.reject(error);
  }
}

export class RawClient implements Disposable, FrameEvents, DataEvents {
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly decoder: HpackDecoder = new HpackDecoder({ maxTableBytes: 4_096 });
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  /** Sizes whose SETTINGS the peer has not acknowledged. */
  readonly #unacknowledged: { readonly bytes: number | undefined; readonly acknowledged: () => void }[] = [];
  #nextStreamId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const parser = new FrameParser(new FrameReceiver(this, this), 16_384);
    socket.on("data", (chunk: Buffer) => this.#guard(() => parser.push(chunk)));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the peer has closed the connection")));
  }

  /** Resolves when the peer has acknowledged the SETTINGS, and so has sent its own. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const client = new RawClient(socket);
    socket.write(CONNECTION_PREFACE);
    const settings = client.#sendSettings([
      [SettingId.initialWindowSize, WINDOW_BYTES],
      [SettingId.enablePush, 0],
    ]);
    socket.write(windowUpdateFrame(0, WINDOW_BYTES));
    await settings;
    return client;
  }

  /** Sends a request with a body of one frame, or without one. */
  request(
    fields: readonly HeaderField[],
    options: { prepared?: PreparedFields; body?: Buffer } = {},
  ): Promise<RawResponse> {
    const { prepared, body } = options;
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    const pending = new Pending();
    this.#pending.set(streamId, pending);
    this.#socket.write(
      headersFrame(streamId, this.encoder.encode(fields, prepared), { endStream: body === undefined }),
    );
    if (body !== undefined) this.#socket.write(dataFrame(streamId, body, { endStream: true }));
    return pending.response;
  }

  /** Announces another size of the decoder's table. Resolves when the peer has acknowledged it. */
  setHeaderTableSize(bytes: number): Promise<void> {
    return this.#sendSettings([[SettingId.headerTableSize, bytes]], bytes);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void {
    // Also of a stream that the test does not know: its block changes the table.
    const fields = this.decoder.decode(block);
    const pending = this.#pending.get(streamId);
    pending?.lists.push(fields);
    if (endStream) pending?.finish();
  }

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#pending.get(streamId)?.body.push(...dataOfFrames(bytes, start, end).map((data) => Buffer.from(data)));
  }

  onData(streamId: number, bytes: Buffer, start: number, end: number, _padding: number, endStream: boolean): void {
    const pending = this.#pending.get(streamId);
    pending?.body.push(Buffer.from(bytes.subarray(start, end)));
    if (endStream) pending?.finish();
  }

  onRstStream(streamId: number, errorCode: number): void {
    // RFC 9113 8.1: NO_ERROR after a complete response says that the rest of the request is not needed.
    if (errorCode !== ErrorCode.noError) this.#pending.get(streamId)?.fail(new Error(`RST_STREAM ${errorCode}`));
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    applySettings(INITIAL_SETTINGS, bytes, start, end, (size) => this.encoder.setMaxTableSize(size));
    this.#socket.write(settingsAckFrame());
  }

  onSettingsAck(): void {
    const { bytes, acknowledged } = this.#unacknowledged.shift() ?? {};
    if (bytes !== undefined) this.decoder.setMaxTableSize(bytes);
    acknowledged?.();
  }

  onPing(bytes: Buffer, start: number): void {
    this.#socket.write(pingFrame(bytes.subarray(start, start + 8), { ack: true }));
  }

  onPingAck(): void {}

  onGoaway(_lastStreamId: number, errorCode: number, debug: Buffer): void {
    if (errorCode !== ErrorCode.noError) this.#fail(new Error(`GOAWAY ${errorCode} ${debug.toString()}`));
  }

  onWindowUpdate(): void {}

  onStreamError(streamId: number, error: Error): void {
    this.#pending.get(streamId)?.fail(error);
  }

  onIdleFrame(): void {}

  #sendSettings(settings: readonly (readonly [id: number, value: number])[], bytes?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unacknowledged.push({ bytes, acknowledged: resolve });
    this.#socket.write(settingsFrame(settings));
    return promise;
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Finished responses are not affected. */
  #fail(error: Error): void {
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#socket.destroy();
  }
}
