import type { JsonValue } from "@bufbuild/protobuf";

/**
 * The largest number of levels of lists and objects in a JSON value of our messages (`google.protobuf.Value`, `Struct`).
 * `1` has no level, `[1]` has one. Each level is two nested messages (Value in ListValue or Struct), and protobuf-es
 * decodes at most 100 nested messages: 48 levels inside `GetRunResponse.run.node_executions.output`. The engine uses two of
 * them, to collect the values of several nodes under their ids; one is spare.
 */
export const MAX_JSON_DEPTH = 45;

/** Whether a value has more than `levels` levels of lists and objects. Reads no deeper. */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
