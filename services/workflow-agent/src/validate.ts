import {
  Severity,
  type ValidationIssue,
  ValidationIssueSchema,
  type WorkflowEngineService,
  type WorkflowSpec,
} from "@agent-team/contracts";
import { type Identity, type IdentitySigner, identityHeader } from "@agent-team/grpc-server";
import { create } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError } from "@connectrpc/connect";

/** What the agent needs of the engine. */
export type EngineClient = Pick<Client<typeof WorkflowEngineService>, "validateWorkflow">;

/** Says what the engine finds in a spec, asked in the name of `caller`. Fails only when `signal` aborts. */
export type Validate = (
  spec: WorkflowSpec,
  caller: Identity,
  signal: AbortSignal,
) => Promise<readonly ValidationIssue[]>;

export interface ValidateOptions {
  /** How long the engine may take. Default 2,000: a person reads the text meanwhile, and storing checks again. */
  readonly timeoutMs?: number | undefined;
  /** Signs who the engine is asked for, which an engine with IDENTITY_SECRET wants to know. Default: none. */
  readonly identity?: IdentitySigner | undefined;
  /** Told when a draft goes out unchecked. */
  readonly onSilence?: ((code: string) => void) | undefined;
}

/** Asks the engine; when it is silent or away, the draft goes out with the warning that nobody has checked it. */
export function createValidate(engine: EngineClient, options: ValidateOptions = {}): Validate {
  const { timeoutMs = 2_000, identity, onSilence } = options;
  return async (spec, caller, signal) => {
    try {
      const { issues } = await engine.validateWorkflow(
        { spec },
        { signal, timeoutMs, headers: signed(identity, caller, timeoutMs) },
      );
      return issues;
    } catch (error) {
      signal.throwIfAborted();
      onSilence?.(Code[ConnectError.from(error).code] ?? "Unknown");
      return [NOT_VALIDATED];
    }
  };
}

function signed(identity: IdentitySigner | undefined, caller: Identity, timeoutMs: number): Record<string, string> {
  return identity === undefined ? {} : { [identityHeader]: identity.sign(caller, "workflow-engine", timeoutMs) };
}

const NOT_VALIDATED: ValidationIssue = create(ValidationIssueSchema, {
  severity: Severity.WARNING,
  code: "NOT_VALIDATED",
  message: "The engine could not check this draft now. It is checked when it is stored.",
});
