import {
  Severity,
  type ValidationIssue,
  ValidationIssueSchema,
  type WorkflowEngineService,
  type WorkflowSpec,
} from "@agent-team/contracts";
import { IDENTITY_HEADER, type Identity, type IdentitySigner } from "@agent-team/grpc-server";
import { create } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError } from "@connectrpc/connect";

/** The methods of the engine that the agent calls. */
export type EngineClient = Pick<
  Client<typeof WorkflowEngineService>,
  | "createWorkflow"
  | "getWorkflow"
  | "listNodeTypes"
  | "setWorkflowActive"
  | "startRun"
  | "updateWorkflow"
  | "validateWorkflow"
>;

/** Resolves to the issues that the engine finds in a spec, on behalf of `caller`. Rejects only if `signal` aborts. */
export type Validate = (
  spec: WorkflowSpec,
  caller: Identity,
  signal: AbortSignal,
) => Promise<readonly ValidationIssue[]>;

export interface ValidateOptions {
  /**
   * Deadline of the call. Default 5,000: an engine that has just started on a small task needs some of it. A person reads
   * the text meanwhile, and the engine checks again when it stores.
   */
  readonly timeoutMs?: number | undefined;
  /** Signs the identity of the caller. An engine with IDENTITY_SECRET requires it. Default: absent, and no identity is sent. */
  readonly identity?: IdentitySigner | undefined;
  /** Called with the gRPC code when a draft is sent without a check. */
  readonly onUnchecked?: ((code: string) => void) | undefined;
}

/** Asks the engine. If the call fails, the draft is sent with a warning that it was not checked. */
export function createValidate(
  engine: Pick<EngineClient, "validateWorkflow">,
  options: ValidateOptions = {},
): Validate {
  const { timeoutMs = 5_000, identity, onUnchecked } = options;
  return async (spec, caller, signal) => {
    try {
      const { issues } = await engine.validateWorkflow(
        { spec },
        { signal, timeoutMs, headers: signed(identity, caller, timeoutMs) },
      );
      return issues;
    } catch (error) {
      signal.throwIfAborted();
      onUnchecked?.(Code[ConnectError.from(error).code] ?? "Unknown");
      return [NOT_VALIDATED];
    }
  };
}

function signed(identity: IdentitySigner | undefined, caller: Identity, timeoutMs: number): Record<string, string> {
  return identity === undefined ? {} : { [IDENTITY_HEADER]: identity.sign(caller, "workflow-engine", timeoutMs) };
}

const NOT_VALIDATED: ValidationIssue = create(ValidationIssueSchema, {
  severity: Severity.WARNING,
  code: "NOT_VALIDATED",
  message: "The engine could not check this draft now. It is checked when it is stored.",
});
