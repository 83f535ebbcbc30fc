/** Checks of options: each error names the field, the range and the value. */

import { invalidArgument } from "./errors.ts";

/** @throws ChannelError `invalid_argument` for anything but a number from `min` to `max`. */
export function numberWithin(name: string, value: number, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalidArgument(name, `${min} to ${max}`, value);
}

/** For what is counted. @throws ChannelError `invalid_argument` for anything but a whole number from `min` to `max`. */
export function wholeNumberWithin(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(numberWithin(name, value, min, max))) return value;
  throw invalidArgument(name, `a whole number from ${min} to ${max}`, value);
}

/**
 * The options of a feature: `true` is all its defaults, `false` switches it off.
 * @throws ChannelError `invalid_argument` for anything but a boolean or an object.
 */
export function featureOptions<T extends object>(name: string, value: boolean | T): Partial<T> | undefined {
  if (value === false) return undefined;
  if (value === true) return {};
  if (value === null || typeof value !== "object") throw invalidArgument(name, "true, false or options", value);
  return value;
}
