import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@agent-team/contracts";
import { identityOf } from "@agent-team/grpc-server";
import { isJournalError, type JournalErrorCode } from "@agent-team/journal";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { cutText } from "../cut-text.ts";
import { EngineEnding } from "../node-failure.ts";
import { UnknownEventError } from "../run/fold.ts";
import { boundedViolations, type Violation } from "./violations.ts";

/** Why a call failed. Stable, for programs: the values of `ErrorInfo.reason`. */
export type Reason =
  | "ALREADY_DECIDED"
  | "APPROVAL_NOT_FOUND"
  | "BAD_REQUEST"
  | "DELETED"
  | "ENGINE_ENDING"
  | "LINK_EXPIRED"
  | "NEEDS_INPUT"
  | "NODE_NOT_FOUND"
  | "NODE_NOT_WAITING"
  | "NOTHING_TO_ACTIVATE"
  | "NOTHING_TO_RERUN"
  | "NOT_RUNNABLE_YET"
  | "QUOTA_RUNS"
  | "QUOTA_WORKFLOWS"
  | "REQUEST_ID_REUSED"
  | "RUN_NOT_ENDED"
  | "RUN_NOT_FOUND"
  | "RUN_OF_LATER_VERSION"
  | "SECRET_UNKNOWN"
  | "SECRET_NOT_TAKEN"
  | "SIGNATURE_MISMATCH"
  | "STORE_FULL"
  | "STORE_UNAVAILABLE"
  | "VERSION_CONFLICT"
  | "WORKFLOW_INVALID"
  | "WORKFLOW_NOT_FOUND";

export interface ErrorDetails {
  readonly violations?: readonly Violation[] | undefined;
  /** After how many milliseconds another attempt may succeed. Default: absent, waiting does not help. */
  readonly retryAfterMs?: number | undefined;
}

/** Runs that have begun may use more of the store than new ones. */
const NO_ROOM =
  "the store has no room for this; runs that have begun go on. Delete runs or workflows, or have the store's memory raised";

/** An error message quotes the request and travels in a header. */
const MAX_MESSAGE_BYTES = 1024;

/** The error of a call, with ErrorInfo and further details. Cuts long texts and long lists. */
export function rpcError(code: Code, reason: Reason, message: string, details: ErrorDetails = {}): ConnectError {
  const { violations = [], retryAfterMs } = details;
  const fieldViolations = boundedViolations(violations).map((violation) => ({ ...violation }));
  const info = { desc: ErrorInfoSchema, value: { reason, domain: "agentteam", metadata: {} } };
  const badFields = { desc: BadRequestSchema, value: { fieldViolations } };
  const retry = { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryAfterMs ?? 0) } };
  return new ConnectError(cutText(message, MAX_MESSAGE_BYTES), code, undefined, [
    info,
    ...(fieldViolations.length === 0 ? [] : [badFields]),
    ...(retryAfterMs === undefined ? [] : [retry]),
  ]);
}

/** The same for a secret that does not exist and for one of other owners. */
export function secretUnknown(name: string): ConnectError {
  const message = `the secret ${name} is not set up for the owner of this workflow (WORKFLOW_SECRETS of the engine)`;
  return rpcError(Code.FailedPrecondition, "SECRET_UNKNOWN", message);
}

/** A field of the request is wrong by itself. */
export function badRequest(field: string, description: string): ConnectError {
  return rpcError(Code.InvalidArgument, "BAD_REQUEST", `${field}: ${description}`, {
    violations: [{ field, description, reason: "" }],
  });
}

/** The error that a caller may see. Any other error is returned as it is, and `serve()` answers INTERNAL. */
function toRpcError(error: unknown): unknown {
  if (isJournalError(error)) return storeError(error.code);
  // Another engine may answer.
  if (error instanceof EngineEnding) return unavailable("ENGINE_ENDING", error);
  if (error instanceof UnknownEventError) return unavailable("RUN_OF_LATER_VERSION", error);
  return error;
}

function unavailable(reason: Reason, { message }: Error): ConnectError {
  return rpcError(Code.Unavailable, reason, message, { retryAfterMs: 1000 });
}

function storeError(code: JournalErrorCode): ConnectError {
  switch (code) {
    case "bad-cursor":
      return badRequest("page_token", "expected the next_page_token of a page");
    case "unavailable":
    case "closed":
      return rpcError(Code.Unavailable, "STORE_UNAVAILABLE", "the store does not answer", { retryAfterMs: 1000 });
    case "over-quota": // `withinQuota` answers it with its own reason
    case "full":
    case "too-large":
      return rpcError(Code.ResourceExhausted, "STORE_FULL", NO_ROOM);
    case "version-conflict":
      return rpcError(Code.Aborted, "VERSION_CONFLICT", "another request changed this at the same moment");
    default:
      return code satisfies never;
  }
}

/** As `answering`, for a handler that answers with a stream. */
export function streaming<Request, Response>(
  handler: (request: Request, subject: string, signal: AbortSignal) => AsyncIterable<Response>,
): (request: Request, context: Pick<HandlerContext, "values" | "signal">) => AsyncIterable<Response> {
  return async function* (request, context) {
    try {
      yield* handler(request, identityOf(context).subject, context.signal);
    } catch (error) {
      throw toRpcError(error);
    }
  };
}

/** A handler that gets its caller's subject and the signal of the call. Its errors become errors that callers may see. */
export function answering<Request, Response>(
  handler: (request: Request, subject: string, signal: AbortSignal) => Promise<Response>,
): (request: Request, context: Pick<HandlerContext, "values" | "signal">) => Promise<Response> {
  return async (request, context) => {
    try {
      return await handler(request, identityOf(context).subject, context.signal);
    } catch (error) {
      throw toRpcError(error);
    }
  };
}
