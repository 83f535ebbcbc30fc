/** Medians over seeds, and when a difference between two policies may be claimed. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * The two-sided sign test: how probable a split of pairs at least as uneven as this one is, if neither side were better. Pairs of equal values
 * are left out before.
 */
export function signTest(wins: number, losses: number): number {
  const pairs = wins + losses;
  let tail = 0;
  for (let i = 0; i <= Math.min(wins, losses); i++) tail += binomial(pairs, i);
  return Math.min(1, (2 * tail) / 2 ** pairs);
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}

/** How ours compares with a peer, seed by seed, in a figure of which less or more is better. */
export interface Comparison {
  readonly wins: number;
  readonly losses: number;
  readonly p: number;
  /** Our worst seed is better than their best, or the other way round. */
  readonly isDisjoint: boolean;
  readonly result: "better" | "worse" | "no difference shown";
}

const SIGNIFICANT = 0.01;

/** `ours` and `theirs`: the figures of the same seeds, in the same order. */
export function compare(ours: readonly number[], theirs: readonly number[], better: "lower" | "higher"): Comparison {
  const sign = better === "lower" ? 1 : -1;
  const a = ours.map((value) => sign * value);
  const b = theirs.map((value) => sign * value);
  const wins = a.filter((value, i) => value < (b[i] as number)).length;
  const losses = a.filter((value, i) => value > (b[i] as number)).length;
  const isDisjoint = Math.max(...a) < Math.min(...b) || Math.min(...a) > Math.max(...b);
  const p = signTest(wins, losses);
  const isShown = wins !== losses && (isDisjoint || p < SIGNIFICANT);
  const result = isShown ? (wins > losses ? "better" : "worse") : "no difference shown";
  return { wins, losses, p, isDisjoint, result };
}
