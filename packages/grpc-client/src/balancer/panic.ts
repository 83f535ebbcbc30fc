/**
 * Panic: so many endpoints are ejected that the others could not carry the calls. Ejections are then ignored; lost connections and
 * open circuit breakers are not. Envoy's healthy panic threshold, at the same share.
 *
 * Below half, the calls of the ejected endpoints would more than double those of the others. Ejection alone may not go that
 * far, but endpoints that are not connected count as well.
 */

import type { Candidate } from "./candidate.ts";

const LEAST_USABLE_RATIO = 0.5;

/**
 * Whether ejections are ignored. `ready`: of the active tier; `known`: how many endpoints it has. `isLastResort`: no other tier can
 * take the calls. While one may, a tier without a usable endpoint is left instead.
 */
export function isPanic(ready: readonly Candidate[], known: number, isLastResort: boolean): boolean {
  const usable = ready.filter(({ load }) => load.isUsable).length;
  if (usable >= known * LEAST_USABLE_RATIO) return false;
  if (usable === 0 && !isLastResort) return false;
  return ready.some(({ load }) => load.exclusion === "ejected");
}
