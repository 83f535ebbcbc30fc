import type { Condition, Step } from "../program.ts";
import type { Placed } from "./placed.ts";

/**
 * "Keep only id, if total is over 5": the step that yields "it" removes the compared field, so this order of steps is not meant. Returns
 * the reason; `undefined` if the fields can be compared.
 */
export function whyNoField({ fields }: Condition, source: Step | undefined): string | undefined {
  const known = source?.fields;
  if (source === undefined || known === undefined) return undefined;
  const unknown = fields.find((field) => !known.includes(field.split(".")[0] ?? ""));
  if (unknown === undefined) return undefined;
  return `The result of "${source.name}" has no field "${unknown}". Compare it before that step.`;
}

/**
 * A request fails on a status of 400 or above and on a server that cannot be reached, so only another status of the request right before
 * (`isDirect`) can be compared. Returns the reason; `undefined` if this status can.
 */
export function whyNoStatus({ status, words }: Condition, last: Placed, isDirect: boolean): string | undefined {
  if (last.continuesOnError)
    return `What happens when "${last.step.name}" fails is already said, so "${words}" would never be true.`;
  if (isDirect && status?.isEquality === true && status.code < 400) return undefined;
  return `I can only compare the status of the request right before with one below 400, as in "if status is not 200", and not "${words}". A status of 400 or above fails the request.`;
}
