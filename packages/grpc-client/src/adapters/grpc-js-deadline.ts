/** Deadlines of grpc-js: instants on the wall clock. */

import { invalidArgument } from "../errors.ts";
import type { GrpcJsDeadline } from "./grpc-js-types.ts";

/**
 * `deadline` in ms since 1970, or Infinity for none.
 * @throws ChannelError `invalid_argument` for a value that is no instant.
 */
export function instantOf(deadline: GrpcJsDeadline): number {
  const instantMs = typeof deadline === "number" ? deadline : millisecondsOf(deadline);
  if (!Number.isNaN(instantMs)) return instantMs;
  throw invalidArgument("deadline", "a Date, ms since 1970, or Infinity for none", deadline);
}

/** NaN for a value that is no `Date`. Not `instanceof`: test runners give modules globals of their own. */
function millisecondsOf(deadline: unknown): number {
  const isDate = Object.prototype.toString.call(deadline) === "[object Date]";
  return isDate ? (deadline as Date).getTime() : Number.NaN;
}
