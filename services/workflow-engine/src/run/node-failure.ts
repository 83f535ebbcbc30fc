/** Why a node failed. Stable, made for programs; they stand in `RunError.code`. */
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
  | "NOT_RUNNABLE_YET"
  | "OUTPUT_TOO_DEEP"
  | "OUTPUT_TOO_LARGE"
  | "RESPONSE_TOO_LARGE"
  | "RUN_TOO_LARGE"
  | "SECRET_UNKNOWN"
  | "TIMEOUT"
  | "TOO_MANY_REDIRECTS";

export interface NodeFailureOptions extends ErrorOptions {
  /** The same attempt may succeed later. Default false. */
  readonly retryable?: boolean | undefined;
}

/** A node could not do its work. The message is for the workflow's owner, so it holds nothing that is not theirs. */
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
