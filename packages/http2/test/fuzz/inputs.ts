/**
 * Inputs of the fuzzer: octets that are nearly right. In: a seed. Out: the same inputs for the same seed. Right ones come from the
 * target; this file changes them.
 */

import { type Random, scatteredRandom } from "@agent-team/foundation/random";

/** Octets at which something changes: prefixes and lengths that are full, flags, and the first octets of HPACK. */
const INTERESTING = [
  0x00, 0x01, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0x81, 0xbe, 0xbf, 0xc0, 0xfe, 0xff,
];

/** The dice of one input. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = scatteredRandom(seed);
  }

  /** 0 to `max` − 1. */
  below(max: number): number {
    return Math.floor(this.#random() * max);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  octets(length: number): Buffer {
    const octets = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) octets[i] = this.below(256);
    return octets;
  }

  /** A text of 0 to `maxLength` characters, mostly those of headers. */
  text(maxLength: number): string {
    const length = this.below(maxLength + 1);
    const isText = this.below(8) > 0;
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(isText ? 0x61 + this.below(26) : this.below(256));
    return text;
  }

  /** `right` as it is, or with one to four changes. */
  mutate(right: Buffer): Buffer {
    let octets = right;
    for (let changes = this.below(5); changes > 0; changes--) octets = this.#change(octets);
    return octets;
  }

  /** The same octets in short and long pieces. Each is a copy of its own. */
  chunks(octets: Buffer): Buffer[] {
    const chunks: Buffer[] = [];
    for (let at = 0; at < octets.length; ) {
      const end = Math.min(octets.length, at + 1 + this.below(this.below(2) === 0 ? 4 : 60));
      chunks.push(Buffer.from(octets.subarray(at, end)));
      at = end;
    }
    return chunks;
  }

  #change(octets: Buffer): Buffer {
    const at = this.below(octets.length + 1);
    const end = Math.min(octets.length, at + 1 + this.below(8));
    switch (this.below(6)) {
      case 0: // flip a bit
        return replace(octets, at, at + 1, Buffer.of((octets[at] ?? 0) ^ (1 << this.below(8))));
      case 1:
        return replace(octets, at, at + 1, Buffer.of(this.pick(INTERESTING)));
      case 2: // insert
        return replace(octets, at, at, this.octets(1 + this.below(4)));
      case 3: // remove
        return replace(octets, at, end, Buffer.alloc(0));
      case 4: // repeat
        return replace(octets, at, at, octets.subarray(at, end));
      default: // truncate
        return octets.subarray(0, at);
    }
  }
}

function replace(octets: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([octets.subarray(0, from), by, octets.subarray(to)]);
}
