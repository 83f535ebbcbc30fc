/** Which choice rule a picker uses. */

import type { Random } from "@agent-team/foundation/random";
import type { BalancingPolicy } from "../balancing-policy.ts";
import type { Picker } from "../picker.ts";
import type { Candidate } from "./candidate.ts";
import { RoundRobinPicker } from "./round-robin.ts";
import { SamplePicker } from "./sample.ts";
import { ScanPicker } from "./scan.ts";

/** A scan of 64 takes 0.2 µs; it grows with the number, and a sample does not. */
const MAX_SCANNED = 64;
const SAMPLED = 5;

/** `isWeighted`: see `ScanPicker`. A sample would distort SRV weights, so weighted endpoints are always scanned. */
export function createPicker(
  policy: BalancingPolicy,
  candidates: readonly Candidate[],
  random: Random,
  isWeighted: boolean,
): Picker {
  switch (policy) {
    case "round_robin":
      return new RoundRobinPicker(candidates, random);
    case "two-choices":
      return new SamplePicker(candidates, random, 2);
    case "default":
      return isWeighted || candidates.length <= MAX_SCANNED
        ? new ScanPicker(candidates, random, isWeighted)
        : new SamplePicker(candidates, random, SAMPLED);
  }
}
