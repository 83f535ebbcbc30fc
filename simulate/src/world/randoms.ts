/** The dice of one run. Each purpose has its own sequence, so that two policies meet the same arrivals and the same work. */

import { type Random, seededRandom } from "@agent-team/foundation/random";

/** A source for one purpose of one run. Neighbouring seeds give unrelated sequences. */
export function randomFor(seed: number, purpose: string): Random {
  let hash = seed | 0;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
  return seededRandom(mixed(hash));
}

/** The finalizer of MurmurHash3: each bit of the input changes about half the bits of the result. */
function mixed(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Exponential, with this mean: the time between Poisson arrivals. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

/** Lognormal, with this mean: `sigma` is the standard deviation of the logarithm. By Box and Muller. */
export function lognormal(random: Random, mean: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
}
