/** What a call takes over from the call of a grpc-js server that it is a part of: `parent` and `propagate_flags` of its options. */

import { instantOf } from "./grpc-js-deadline.ts";
import type { GrpcJsParentCall } from "./grpc-js-types.ts";

/** grpc-js: `propagate.DEADLINE`, `CANCELLATION` and `DEFAULTS`, the bits of C-core. */
const DEADLINE = 1;
const CANCELLATION = 8;
const DEFAULTS = 0xffff;

/** The instant at which the parent ends, or Infinity. */
export function parentDeadline(parent: GrpcJsParentCall | null | undefined, flags: number | null | undefined): number {
  if (parent === null || parent === undefined || ((flags ?? DEFAULTS) & DEADLINE) === 0) return Infinity;
  return instantOf(parent.getDeadline());
}

/** Calls `onCancel` when the parent is cancelled, at once if it has been. Returns the function that ends that. */
export function followParent(
  parent: GrpcJsParentCall | null | undefined,
  flags: number | null | undefined,
  onCancel: () => void,
): (() => void) | undefined {
  if (parent === null || parent === undefined || ((flags ?? DEFAULTS) & CANCELLATION) === 0) return undefined;
  if (parent.cancelled) onCancel();
  parent.on("cancelled", onCancel);
  return () => parent.removeListener("cancelled", onCancel);
}
