/**
 * RFC 2782: "A client MUST attempt to contact the target host with the lowest-numbered priority it can reach". Of the ready
 * endpoints only those with the lowest number are candidates. The others get calls when no such endpoint is ready.
 */

import { priorityOf } from "../endpoint.ts";
import type { Candidate } from "./candidate.ts";

export function ofLowestPriority(candidates: readonly Candidate[]): readonly Candidate[] {
  const lowest = candidates.reduce(
    (least, { endpoint }) => Math.min(least, priorityOf(endpoint)),
    Number.POSITIVE_INFINITY,
  );
  const best = candidates.filter(({ endpoint }) => priorityOf(endpoint) === lowest);
  return best.length === candidates.length ? candidates : best;
}
