import type { JsonValue } from "@bufbuild/protobuf";

/**
 * Most levels of lists and objects in a JSON value that a `google.protobuf.Value` or `Struct` of ours carries; a number is
 * at level 0, `[1]` has one level. Each level is two nested messages (Value in ListValue or Struct), and protobuf-es
 * decodes at most 100: 48 levels inside `GetRunResponse.run.node_executions.output`. Two of them belong to the engine,
 * which gathers values of several nodes under their ids; one is spare.
 */
export const MAX_JSON_DEPTH = 45;

/** Whether a value has more levels of lists and objects. Looks no deeper than that. */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
