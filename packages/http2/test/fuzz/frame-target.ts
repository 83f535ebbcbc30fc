/**
 * Feeds the frame reader with the frames of a connection, right ones, changed ones and random octets. It must give the same events, and
 * end with the same error, wherever the octets are cut into chunks.
 */

import { buildFrame, CONNECTION_PREFACE, settingsFrame } from "@agent-team/http2";
import { Http2Error } from "../../src/http2-error.ts";
import { FrameParser } from "../../src/read/frame-parser.ts";
import { type DataEvents, type FrameEvents, FrameReceiver } from "../../src/read/frame-receiver.ts";
import { dataOfFrames } from "../support/data-frames.ts";
import type { Dice } from "./inputs.ts";

/** Small, so that frames above it are frequent. */
const MAX_FRAME_BYTES = 64;
/** The largest type is one that RFC 9113 does not define. */
const TYPES = 11;
/** The payloads that a frame of a type must have, if it is one length: PRIORITY, RST_STREAM, PING, GOAWAY, WINDOW_UPDATE. */
const LENGTHS: Readonly<Record<number, number>> = { 2: 5, 3: 4, 6: 8, 7: 8, 8: 4 };

/** @throws Error when something does not hold. */
export function fuzzFrames(dice: Dice): void {
  const octets = octetsOf(dice);
  const whole = read([octets]);
  const cut = read(dice.chunks(octets));
  if (whole !== cut) throw new Error(`whole: ${whole}; in chunks: ${cut}`);
}

function octetsOf(dice: Dice): Buffer {
  const first = dice.below(20) === 0 ? CONNECTION_PREFACE : settingsFrame([[dice.below(8), dice.below(1 << 16)]]);
  const frames = Array.from({ length: dice.below(6) }, () => frameOf(dice));
  const octets = Buffer.concat([first, ...frames]);
  return dice.below(3) === 0 ? dice.mutate(octets) : octets;
}

function frameOf(dice: Dice): Uint8Array {
  const type = dice.below(TYPES);
  const length = dice.below(4) > 0 ? LENGTHS[type] : undefined;
  const payload = dice.octets(length ?? dice.below(MAX_FRAME_BYTES + 2));
  // The first octet of a padded frame is its pad length.
  if (payload.length > 0 && dice.below(2) === 0) payload[0] = dice.below(payload.length + 1);
  return buildFrame(type, dice.pick([0, 0x1, 0x4, 0x5, 0x8, 0xd, 0x20, 0x2c, dice.below(256)]), dice.below(4), payload);
}

/** The events as a text, with the error at the end. Neighbouring parts of DATA are one. */
function read(chunks: readonly Buffer[]): string {
  const log = new EventLog();
  const parser = new FrameParser(new FrameReceiver(log, log), MAX_FRAME_BYTES);
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    log.add(error.message);
  }
  return log.text;
}

class EventLog implements FrameEvents, DataEvents {
  text = "";
  /** Of the last event, if that is DATA which may go on. */
  #dataStreamId = 0;

  add(event: string): void {
    this.#dataStreamId = 0;
    this.text += `\n${event}`;
  }

  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void {
    this.add(`headers ${streamId} ${endStream} ${block.toString("hex")}`);
  }

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void {
    const frames = dataOfFrames(bytes, start, end);
    if (frames.length !== count || frames.some(({ length }) => length === 0))
      throw new Error("other frames than announced");
    for (const data of frames) this.onData(streamId, data, 0, data.length, 0, false);
  }

  onData(streamId: number, bytes: Buffer, start: number, end: number, padding: number, endStream: boolean): void {
    if (streamId !== this.#dataStreamId) this.add(`data ${streamId} `);
    this.#dataStreamId = endStream ? 0 : streamId;
    if (padding > 0) this.text += `(${padding})`;
    this.text += `${bytes.toString("hex", start, end)}${endStream ? " end" : ""}`;
  }

  onRstStream(streamId: number, errorCode: number): void {
    this.add(`rst-stream ${streamId} ${errorCode}`);
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.add(`settings ${bytes.toString("hex", start, end)}`);
  }

  onSettingsAck(): void {
    this.add("settings ack");
  }

  onPing(bytes: Buffer, start: number): void {
    this.add(`ping ${bytes.toString("hex", start, start + 8)}`);
  }

  onPingAck(bytes: Buffer, start: number): void {
    this.add(`ping ack ${bytes.toString("hex", start, start + 8)}`);
  }

  onGoaway(lastStreamId: number, errorCode: number, debug: Buffer): void {
    this.add(`goaway ${lastStreamId} ${errorCode} ${debug.toString("hex")}`);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (increment <= 0) throw new Error(`an increment of ${increment}`);
    this.add(`window-update ${streamId} ${increment}`);
  }

  onStreamError(streamId: number, error: Http2Error): void {
    this.add(`stream error ${streamId} ${error.message}`);
  }

  onIdleFrame(): void {
    this.add("idle");
  }
}
