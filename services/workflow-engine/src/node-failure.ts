/** Why a node failed. Stable, for programs: the codes of `RunError.code`. */
export type NodeFailureCode =
  | "ADDRESS_REFUSED"
  | "CANCELED"
  | "CONNECTION_FAILED"
  | "EXPRESSION_FAILED"
  | "EXPRESSION_TIMEOUT"
  | "EXPRESSION_TOO_LARGE"
  | "HTTP_STATUS"
  | "INTERNAL"
  | "INVALID_CONFIGURATION"
  | "MODEL_DECLINED"
  | "MODEL_NOT_ADMITTED"
  | "MODEL_OUTPUT_TRUNCATED"
  | "MODEL_REFUSED"
  | "MODEL_REQUIRED"
  | "MODEL_UNAVAILABLE"
  | "NOT_RUNNABLE_YET"
  | "OUTCOME_UNKNOWN"
  | "OUTPUT_TOO_DEEP"
  | "OUTPUT_TOO_LARGE"
  | "RESPONSE_TOO_LARGE"
  | "RUN_TOO_LARGE"
  | "SECRET_REFUSED"
  | "SECRET_UNKNOWN"
  | "TIMEOUT"
  | "TOO_MANY_ITEMS"
  | "TOO_MANY_REDIRECTS";

export interface NodeFailureOptions extends ErrorOptions {
  /** Whether another attempt may succeed. Default false. */
  readonly retryable?: boolean | undefined;
}

/** A node could not do its work. The workflow's owner reads the message, so it contains only what the owner may know. */
export class NodeFailure extends Error {
  override readonly name: string = "NodeFailure";
  readonly code: NodeFailureCode;
  readonly retryable: boolean;

  constructor(code: NodeFailureCode, message: string, { retryable = false, ...options }: NodeFailureOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
  }
}

/** This instance of the engine ends, so the work was not done here. Another instance can do it. */
export class EngineEnding extends NodeFailure {
  override readonly name: string = "EngineEnding";

  constructor() {
    super("CANCELED", "this instance of the engine is ending");
  }
}
