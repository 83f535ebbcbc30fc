/** The dice of one exchange. The same seed gives the same throws. */

import { type Random, scatteredRandom } from "@agent-team/foundation/random";

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
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** The octets in 1 to 4 pieces, in their order. */
  split(octets: Buffer): Buffer[] {
    const cuts = Array.from({ length: this.below(4) }, () => this.below(octets.length + 1)).sort((a, b) => a - b);
    return [0, ...cuts].map((from, i) => octets.subarray(from, cuts[i]));
  }

  /** With one to three octets changed, inserted, removed or repeated. */
  mutate(octets: Buffer): Buffer {
    let changed = octets;
    for (let left = 1 + this.below(3); left > 0; left--) changed = this.#change(changed);
    return changed;
  }

  #change(octets: Buffer): Buffer {
    const at = this.below(octets.length);
    const [before, after] = [octets.subarray(0, at), octets.subarray(at)];
    switch (this.below(4)) {
      case 0:
        return Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ (1 << this.below(8))), after.subarray(1)]);
      case 1:
        return Buffer.concat([before, this.octets(1 + this.below(4)), after]);
      case 2:
        return Buffer.concat([before, after.subarray(1 + this.below(8))]);
      default:
        return Buffer.concat([before, after.subarray(0, 8), after]);
    }
  }
}
