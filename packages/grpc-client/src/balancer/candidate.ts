/** A subchannel as pickers see it, and the question that each choice rule asks about it. */

import type { EndpointKey } from "../endpoint.ts";
import type { Pick, PickedSubchannel } from "../picker.ts";

/** A subchannel that may be picked. */
export interface Candidate extends PickedSubchannel {
  /** False while the peer admits no further stream. */
  readonly hasRoom: boolean;
}

/** Whether a call may start there now. `tried`: the endpoints of its earlier attempts. */
export function mayTake({ hasRoom, load }: Candidate, tried: readonly EndpointKey[]): boolean {
  if (!hasRoom || !load.takesCalls || load.inFlight >= load.maxInFlight) return false;
  // A later attempt avoids what only panic admits, what is in doubt, and where the call has been.
  return tried.length === 0 || (load.isEligible && !load.isInDoubt && !tried.includes(load.key));
}

/** The answers of a picker, made once, so that a pick allocates nothing. */
export function completePicks(candidates: readonly Candidate[]): readonly Pick[] {
  return candidates.map((subchannel) => ({ kind: "complete", subchannel, onEnd: undefined }));
}
