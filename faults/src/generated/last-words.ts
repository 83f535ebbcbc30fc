/**
 * The last bytes of a connection: an answer that is cut or changed anywhere, frames that no server may send, or noise; then the end.
 * The call may fail, or succeed with a message of the right length: gRPC has no checksum, so a changed octet of the message is not noticed.
 */

import { buildFrame, goawayFrame } from "@agent-team/http2";
import { rightAnswer } from "./answer.ts";
import type { Dice } from "./dice.ts";

export interface LastWords {
  readonly bytes: Buffer;
  /** With which length of the message the call may succeed. Undefined: it must fail. */
  readonly length: number | undefined;
}

type Kind = (dice: Dice, id: number) => LastWords;

const LENGTH = 100;

const whole = (dice: Dice, id: number): Buffer => rightAnswer(dice, id, dice.octets(LENGTH));

/** Any type, flags and stream. The length is that of the payload. */
function anyFrame(dice: Dice, id: number): Uint8Array {
  const stream = dice.pick([0, id, id + 1, id + 2, 2]);
  return buildFrame(dice.below(12), dice.below(256), stream, dice.octets(dice.pick([0, 4, 5, 6, 8, 12, 60])));
}

const KINDS: readonly Kind[] = [
  (dice, id) => {
    const right = whole(dice, id);
    return { bytes: right.subarray(0, dice.below(right.length)), length: undefined };
  },
  (dice, id) => ({ bytes: dice.mutate(whole(dice, id)), length: LENGTH }),
  (dice, id) => ({ bytes: Buffer.concat([anyFrame(dice, id), whole(dice, id)]), length: LENGTH }),
  (dice) => ({ bytes: dice.octets(1 + dice.below(400)), length: undefined }),
  (dice, id) => {
    const goaway = goawayFrame(dice.pick([0, id, 0x7fff_ffff]), dice.below(14), "noise");
    return { bytes: Buffer.concat([goaway, whole(dice, id)]), length: LENGTH };
  },
];

export function makeLastWords(dice: Dice, streamId: number): LastWords {
  return dice.pick(KINDS)(dice, streamId);
}
