import type { NodeType } from "@agent-team/contracts";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { z } from "zod";
import type { HttpSender } from "./http-sender.ts";
import type { AskModels } from "./text-models.ts";

/** One entry of the catalogue: what a node of this kind is, and how it runs. One file per kind. */
export interface NodeKind {
  readonly type: NodeType;
  readonly subtype: string;
  /** For people and for models. */
  readonly description: string;
  /** Schema of `Node.configuration`. It gives the check and the JSON Schema. */
  readonly configuration: z.ZodObject;
  /** Outputs that connections may leave by; "error" comes with `continue_on_error`. */
  readonly outputKeys: readonly string[];
  /** Gets its input as an object by the ids of the nodes before, also when there is only one. Default false. */
  readonly gathersInput?: boolean;
  /**
   * What this engine does not do with such a node yet, as a sentence for people. Required without `run`. With `run`, the
   * kind is a trigger that does not fire by itself.
   */
  readonly limitation?: string;
  /** Its configuration may have references to secrets. Default false. */
  readonly takesSecrets?: boolean;
  /** What keeps this engine from running a node with this configuration, as a sentence for people. Default: nothing. */
  readonly obstacle?: (configuration: JsonObject, abilities: EngineAbilities) => string | undefined;
  /** Does the node's work; throws `NodeFailure`. Absent: this engine cannot run the kind yet, and starts no such run. */
  readonly run?: (context: NodeContext) => NodeResult | NodeWait | NodeLoop | Promise<NodeResult | NodeWait>;
}

/** What this engine can do beyond its catalogue, by its configuration. */
export interface EngineAbilities {
  /** It may ask a language model. */
  readonly hasModel: boolean;
}

/** What a node's work gets. */
export interface NodeContext {
  /** Each `{% … %}` has been replaced by its value. A value may have any type: check it again. */
  readonly configuration: JsonObject;
  readonly input: JsonValue;
  /** The same when this node of this run is executed again. */
  readonly idempotencyKey: string;
  readonly http: HttpSender;
  readonly subject: NodeSubject;
  /** A link to decide about this node, which ends after that time. Undefined: this engine can make none. */
  readonly approvalLink: (forMs: number) => string | undefined;
  /** Absent: this engine has no language model. */
  readonly askModels?: AskModels | undefined;
  /** Fires at the node's timeout, with a `NodeFailure`, and when the run is canceled. */
  readonly signal: AbortSignal;
}

/** Which node of which run works, for messages to people. */
interface NodeSubject {
  readonly runId: string;
  readonly nodeId: string;
  readonly workflowId: string;
  readonly workflowName: string;
}

/** The node waits, without an engine that works for it. Its input leaves it unchanged. */
export interface NodeWait {
  readonly wait: {
    /** Default: until a person decides. */
    readonly forMs?: number | undefined;
    /** The output by which the run leaves the node after that time. */
    readonly outputKey: string;
    /** The question to a person, whose decision ends the wait. Default: no question. */
    readonly prompt?: string | undefined;
  };
}

/** The nodes behind the output "item" run once for each item. Then the run leaves the node by "result" with their outputs. */
export interface NodeLoop {
  readonly loop: {
    readonly items: readonly JsonValue[];
    /** How many items are worked on at once. */
    readonly maxConcurrency: number;
  };
}

export interface NodeResult {
  /** The output by which the run leaves the node. */
  readonly outputKey: string;
  readonly output: JsonValue;
}
