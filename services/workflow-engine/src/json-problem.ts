import { isDeeperThan, MAX_JSON_DEPTH } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { MAX_PAYLOAD_BYTES } from "./limits.ts";

export interface JsonProblem {
  readonly kind: "too-deep" | "too-large";
  /** For instance "262145 bytes, at most 262144". */
  readonly message: string;
}

/**
 * Why a JSON value cannot be passed on, stored and shown; `undefined` when it can. Checked wherever a value comes in: the
 * input of a run, the configuration and the output of a node.
 */
export function jsonProblem(value: JsonValue): JsonProblem | undefined {
  // Depth first: counting the bytes recurses as deep as the value is.
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    return { kind: "too-deep", message: `more than ${MAX_JSON_DEPTH} levels of lists and objects` };
  }
  const bytes = jsonBytes(value);
  if (bytes <= MAX_PAYLOAD_BYTES) return undefined;
  return { kind: "too-large", message: `${bytes} bytes, at most ${MAX_PAYLOAD_BYTES}` };
}

/** Size of a value as JSON text, in bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
