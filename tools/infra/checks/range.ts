import { type Json, toText } from "../state/json.ts";

export type Range = readonly [least: number, most: number];

/** A finding when a number is not in its range, or not there. */
export function outOfRange(
  address: string,
  name: string,
  value: Json | undefined,
  range: Range | undefined,
): readonly string[] {
  if (range === undefined) return [`${address}: ${name} has no range in tools/infra/checks`];
  const [least, most] = range;
  return value !== undefined && value !== null && Number(value) >= least && Number(value) <= most
    ? []
    : [
        `${address}: ${name} is ${toText(value) || "not set"}: expected ${least === most ? least : `${least} to ${most}`}`,
      ];
}
