import { isDeeperThan, MAX_JSON_DEPTH } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { maxPayloadBytes } from "./limits.ts";
import { jsonBytes } from "./store/document.ts";

export interface JsonProblem {
  readonly kind: "too-deep" | "too-large";
  /** For instance "262145 bytes, at most 262144". */
  readonly message: string;
}

/**
 * What keeps a JSON value from being passed on, stored and shown; `undefined` when nothing does. For each door where
 * values of strangers come in: the input of a run, the configuration and the output of a node.
 */
export function jsonProblem(value: JsonValue): JsonProblem | undefined {
  // Depth first: what counts bytes descends as deep as the value is.
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    return { kind: "too-deep", message: `more than ${MAX_JSON_DEPTH} levels of lists and objects` };
  }
  const bytes = jsonBytes(value);
  return bytes <= maxPayloadBytes
    ? undefined
    : { kind: "too-large", message: `${bytes} bytes, at most ${maxPayloadBytes}` };
}
