/**
 * Answers to a unary call that are right, or wrong in one way within their own stream. In: a seed. Out: frames, and what the call
 * may make of them. The connection stays whole, so each call has exactly one right result.
 */

import { gzipSync } from "node:zlib";
import { rstStreamFrame } from "@agent-team/http2";
import type { Dice } from "./dice.ts";
import { data, type Fields, GRPC, headers, prefixed } from "./frames.ts";

export interface Answer {
  readonly frames: readonly Uint8Array[];
  /** The only message with which the call may succeed. Undefined: it must fail. */
  readonly message: Buffer | undefined;
}

type Kind = (dice: Dice, id: number, message: Buffer) => Answer;

const OK: Fields = { "grpc-status": "0" };
const GIBIBYTE = 1 << 30;
/** RFC 9113 7, without REFUSED_STREAM, after which the call is sent again. */
const ERROR_CODES = [0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 0xff] as const;

/** Without DEADLINE_EXCEEDED, by which a call that hangs is known. */
const ERROR_STATUSES = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 999] as const;

/** Headers, DATA and trailers. */
function answer(dice: Dice, id: number, body: Buffer, trailers = OK, head = GRPC): readonly Uint8Array[] {
  return [headers(id, head), ...data(dice, id, body), headers(id, trailers, true)];
}

const fails = (frames: readonly Uint8Array[]): Answer => ({ frames, message: undefined });
const gives = (frames: readonly Uint8Array[], message: Buffer): Answer => ({ frames, message });
const cut = (dice: Dice, octets: Buffer): Buffer => octets.subarray(0, 1 + dice.below(octets.length - 1));

const KINDS: Readonly<Record<string, Kind>> = {
  right: (dice, id, message) => gives(answer(dice, id, prefixed(message)), message),
  "informational first": (dice, id, message) =>
    gives([headers(id, { ":status": "103" }), ...answer(dice, id, prefixed(message))], message),
  compressed: (dice, id, message) =>
    gives(answer(dice, id, prefixed(gzipSync(message), 1), OK, { ...GRPC, "grpc-encoding": "gzip" }), message),
  "a cut message": (dice, id, message) => fails(answer(dice, id, cut(dice, prefixed(message)))),
  "a message with a tail": (dice, id, message) =>
    fails(answer(dice, id, Buffer.concat([prefixed(message), cut(dice, prefixed(message))]))),
  "two messages": (dice, id, message) => fails(answer(dice, id, Buffer.concat([prefixed(message), prefixed(message)]))),
  "no message": (dice, id) => fails(answer(dice, id, Buffer.alloc(0))),
  "a prefix that promises more": (dice, id, message) =>
    fails(answer(dice, id, prefixed(message, 0, message.length + 1 + dice.below(1_000)))),
  "a prefix of a gibibyte": (dice, id, message) => fails(answer(dice, id, prefixed(message, 0, GIBIBYTE))),
  "a flag that does not exist": (dice, id, message) => fails(answer(dice, id, prefixed(message, 2 + dice.below(254)))),
  "compressed without an encoding": (dice, id, message) => fails(answer(dice, id, prefixed(gzipSync(message), 1))),
  "an unknown encoding": (dice, id, message) =>
    fails(answer(dice, id, prefixed(message, 1), OK, { ...GRPC, "grpc-encoding": "br" })),
  "cut gzip": (dice, id, message) =>
    fails(answer(dice, id, prefixed(cut(dice, gzipSync(message)), 1), OK, { ...GRPC, "grpc-encoding": "gzip" })),
  "no status": (dice, id, message) => fails(answer(dice, id, prefixed(message), { "x-other": "1" })),
  "a status that is no number": (dice, id, message) =>
    fails(
      answer(dice, id, prefixed(message), { "grpc-status": dice.pick(["fine", "", "0x0", "-1", "0.0", "OK", "0,0"]) }),
    ),
  "an error after the message": (dice, id, message) =>
    fails(answer(dice, id, prefixed(message), { "grpc-status": String(dice.pick(ERROR_STATUSES)) })),
  "no trailers": (dice, id, message) => fails([headers(id, GRPC), ...data(dice, id, prefixed(message), true)]),
  "an end without a message": (_, id) => fails([headers(id, { ...GRPC, ...OK }, true)]),
  "reset within the message": (dice, id, message) =>
    fails([
      headers(id, GRPC),
      ...data(dice, id, cut(dice, prefixed(message))),
      rstStreamFrame(id, dice.pick(ERROR_CODES)),
    ]),
  "reset before the trailers": (dice, id, message) =>
    fails([headers(id, GRPC), ...data(dice, id, prefixed(message)), rstStreamFrame(id, dice.pick(ERROR_CODES))]),
  "another HTTP status": (dice, id, message) =>
    fails(
      answer(
        dice,
        id,
        prefixed(message),
        {},
        { ...GRPC, ":status": dice.pick(["400", "401", "404", "429", "502", "503"]) },
      ),
    ),
  "another content type": (dice, id, message) =>
    fails(answer(dice, id, prefixed(message), OK, { ":status": "200", "content-type": "text/html" })),
  noise: (dice, id) => fails(answer(dice, id, Buffer.concat([Buffer.of(1), dice.octets(dice.below(200))]))),
};

const KIND_NAMES: readonly string[] = Object.keys(KINDS);

export function makeAnswer(dice: Dice, streamId: number): Answer {
  const kind = KINDS[dice.pick(KIND_NAMES)] as Kind;
  return kind(dice, streamId, dice.octets(1 + dice.below(200)));
}

/** A right answer as bytes, for those who break it. */
export function rightAnswer(dice: Dice, streamId: number, message: Buffer): Buffer {
  return Buffer.concat(answer(dice, streamId, prefixed(message)));
}
