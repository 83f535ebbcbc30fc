/**
 * Feeds a server's connection with what a client sends, right frames, changed ones and random octets. It must give the same events, write
 * the same octets and end with the same error, wherever the octets are cut into chunks; and every request that was handed on ends once.
 */

import type { Socket } from "node:net";
import { buildFrame, CONNECTION_PREFACE, HpackEncoder, headersFrame, settingsFrame } from "@agent-team/http2";
import { ServerConnection, type ServerListener } from "../../src/connection/server-connection.ts";
import type { Http2Stream } from "../../src/connection/stream.ts";
import type { StreamListener } from "../../src/connection/stream-listener.ts";
import type { HeaderField } from "../../src/hpack/header-field.ts";
import type { RequestHead } from "../../src/request-rules.ts";
import { POST } from "../support/frame-peer.ts";
import type { Dice } from "./inputs.ts";

/** The payloads that a frame of a type must have, if it is one length: PRIORITY, RST_STREAM, PING, GOAWAY, WINDOW_UPDATE. */
const LENGTHS: Readonly<Record<number, number>> = { 2: 5, 3: 4, 6: 8, 7: 8, 8: 4 };
const TYPES = 11;
const FLAGS = [0, 0x1, 0x4, 0x5, 0x8, 0xd, 0x20];

/** @throws Error when something does not hold. */
export function fuzzServer(dice: Dice): void {
  const octets = octetsOf(dice);
  const whole = serve([octets]);
  const cut = serve(dice.chunks(octets));
  if (whole !== cut) throw new Error(`whole: ${whole}; in chunks: ${cut}`);
}

function octetsOf(dice: Dice): Buffer {
  const encoder = new HpackEncoder();
  const frames = Array.from({ length: 1 + dice.below(8) }, () => frameOf(dice, encoder));
  const octets = Buffer.concat([CONNECTION_PREFACE, settingsFrame([[dice.below(7), dice.below(1 << 15)]]), ...frames]);
  return dice.below(3) === 0 ? dice.mutate(octets) : octets;
}

function frameOf(dice: Dice, encoder: HpackEncoder): Uint8Array {
  if (dice.below(2) === 0)
    return headersFrame(idOf(dice), encoder.encode(fieldsOf(dice)), { endStream: dice.below(2) === 0 });
  const type = dice.below(TYPES);
  const payload = dice.octets(dice.below(5) > 0 ? (LENGTHS[type] ?? dice.below(40)) : dice.below(40));
  return buildFrame(type, dice.pick(FLAGS), dice.below(4) === 0 ? dice.below(9) : idOf(dice), payload);
}

const idOf = (dice: Dice): number => dice.pick([1, 1, 3, 3, 5, 7, 2]);

function fieldsOf(dice: Dice): readonly HeaderField[] {
  const more: HeaderField[] = [
    ["content-length", String(dice.below(40))],
    ["x-a", dice.text(5)],
    [dice.text(6), "1"],
    ["host", "test"],
  ];
  const fields = [...POST.slice(dice.below(6) === 0 ? dice.below(6) : 0)];
  for (let count = dice.below(3); count > 0; count--) fields.splice(dice.below(fields.length + 1), 0, dice.pick(more));
  return fields;
}

/** What the server did, as a text. */
function serve(chunks: readonly Buffer[]): string {
  const socket = new FakeSocket();
  const log = new Log();
  const connection = new ServerConnection(socket as unknown as Socket, { now: () => 0 }, log);
  for (const chunk of chunks) socket.read(chunk);
  connection.output.flush();
  connection.destroy();
  socket.close();
  if (connection.openStreams !== 0) throw new Error(`${connection.openStreams} streams are left`);
  log.check();
  return `${log.text}\n${socket.written()}`;
}

/** A socket in memory, as far as a connection uses one. */
class FakeSocket {
  readonly writableLength = 0;
  #written: Buffer[] = [];
  #onData: (chunk: Buffer) => void = () => {};
  #onClose: () => void = () => {};

  on(event: string, listener: (chunk: Buffer) => void): void {
    if (event === "data") this.#onData = listener;
    if (event === "close") this.#onClose = listener as () => void;
  }

  once(): void {}
  setTimeout(): void {}
  end(): void {}
  destroy(): void {}

  write(bytes: Uint8Array, onWritten: () => void): boolean {
    this.#written.push(Buffer.from(bytes));
    onWritten();
    return true;
  }

  read(chunk: Buffer): void {
    this.#onData(chunk);
  }

  close(): void {
    this.#onClose();
  }

  written(): string {
    return Buffer.concat(this.#written).toString("hex");
  }
}

class Log implements ServerListener {
  text = "";
  readonly #ends = new Map<number, number>();

  onRequest(stream: Http2Stream, head: RequestHead, endStream: boolean): StreamListener {
    const { id } = stream;
    this.#add(`request ${id} ${JSON.stringify(head)} ${endStream}`);
    this.#ends.set(id, 0);
    let data = "";
    if (head.path !== "/a.B/C") stream.respond([[":status", "404"]], undefined, true);
    return {
      onHeaders: () => this.#add(`${id} headers`),
      onData: (bytes, start, end) => {
        data += bytes.toString("hex", start, end);
      },
      onTrailers: (fields) => this.#add(`${id} trailers ${JSON.stringify(fields)}`),
      onEnd: () => {
        this.#add(`${id} end ${data}`);
        stream.respond([[":status", "200"]], undefined, false);
        stream.send(Buffer.alloc(20), false);
        stream.sendTrailers([["grpc-status", "0"]], undefined);
      },
      onAbort: (abort) => {
        // Where a malformed message is noticed depends on the chunks.
        this.#add(`${id} abort ${abort.kind} ${abort.kind === "violation" ? "" : data}`);
        this.#ends.set(id, (this.#ends.get(id) ?? 0) + 1);
      },
      onDrain: () => {},
    };
  }

  onLimit(limit: string): void {
    this.#add(`limit ${limit}`);
  }

  onSettings(): void {
    this.#add("settings");
  }

  onStreamClose(): void {}

  onGoaway(errorCode: number): void {
    this.#add(`goaway ${errorCode}`);
  }

  onClose(error: Error | undefined): void {
    this.#add(`close ${error?.message}`);
  }

  check(): void {
    for (const [id, aborts] of this.#ends) if (aborts > 1) throw new Error(`stream ${id} was aborted ${aborts} times`);
  }

  #add(event: string): void {
    this.text += `\n${event}`;
  }
}
