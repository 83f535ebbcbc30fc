import type { NodeType } from "@agent-team/contracts";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { z } from "zod";
import type { HttpClient } from "../http/http-client.ts";

/** One entry of the catalogue: what a node of this kind is, and how it runs. One file per kind. */
export interface NodeKind {
  readonly type: NodeType;
  readonly subtype: string;
  /** For people and for models. */
  readonly description: string;
  /** Of `Node.configuration`. Gives the check and the JSON Schema. */
  readonly configuration: z.ZodObject;
  /** Outputs that connections may leave by; "error" comes with `continue_on_error`. */
  readonly outputKeys: readonly string[];
  /**
   * What this engine does not do with such a node yet, as a sentence for people. Needed without `run`; with it, the kind
   * is a trigger that does not fire by itself.
   */
  readonly limitation?: string;
  /** Does the node's work; throws `NodeFailure`. Absent: this engine cannot run the kind yet, and starts no such run. */
  readonly run?: (context: NodeContext) => NodeResult | Promise<NodeResult>;
}

/** What a node gets to do its work with. */
export interface NodeContext {
  /** Each `{% … %}` has been replaced by its value. Values may have any type: check them again. */
  readonly configuration: JsonObject;
  readonly input: JsonValue;
  /** Stays the same when this node of this run is done again. */
  readonly idempotencyKey: string;
  readonly http: HttpClient;
  /** Fires at the node's timeout, with a `NodeFailure`, and when the run is canceled. */
  readonly signal: AbortSignal;
}

export interface NodeResult {
  /** The output it leaves by. */
  readonly outputKey: string;
  readonly output: JsonValue;
}
