/**
 * The only ambient dice in the project: jitter, tie-breaks and samples take a `Random`, so that a test can print its
 * seed and repeat a run.
 */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** The process's own dice. */
export const systemRandom: Random = Math.random;

/**
 * A repeatable source: the same seed gives the same sequence on every machine.
 * The 32-bit generator of George Marsaglia's "Xorshift RNGs" (2003), shifts 13, 17, 5: period 2³² − 1.
 */
export function seededRandom(seed: number): Random {
  // Zero is the one state that xorshift never leaves.
  let state = seed | 0 || 0x9e3779b9 | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** Like `seededRandom`, for seeds that are counted: there neighbours begin alike, here 2³² / φ spreads them. */
export function scatteredRandom(seed: number): Random {
  const random = seededRandom(Math.imul(seed + 1, 0x9e37_79b1));
  for (let i = 0; i < 4; i++) random();
  return random;
}
