import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@agent-team/contracts";
import { identityOf } from "@agent-team/grpc-server";
import { isJournalError } from "@agent-team/journal";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { cutText } from "../text.ts";
import { boundedViolations } from "./violations.ts";

/** Why a call failed. Stable, made for programs: they stand in `ErrorInfo.reason`. */
export type Reason =
  | "BAD_REQUEST"
  | "DELETED"
  | "INPUT_TOO_LARGE"
  | "NEEDS_INPUT"
  | "NODE_NOT_FOUND"
  | "NOT_RUNNABLE_YET"
  | "QUOTA_RUNS"
  | "QUOTA_WORKFLOWS"
  | "REQUEST_ID_REUSED"
  | "RUN_NOT_ENDED"
  | "RUN_NOT_FOUND"
  | "SECRETS_NOT_FILLED_IN_YET"
  | "STORE_FULL"
  | "STORE_UNAVAILABLE"
  | "TOO_MANY_RUNS"
  | "VERSION_CONFLICT"
  | "WORKFLOW_INVALID"
  | "WORKFLOW_NOT_FOUND";

export interface Violation {
  /** Path of the field, for instance "spec.nodes[2].configuration.url". */
  readonly field: string;
  readonly description: string;
  /** Empty when the description says it all. */
  readonly reason: string;
}

export interface ErrorDetails {
  readonly violations?: readonly Violation[] | undefined;
  /** When it makes sense to try again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** It quotes what the caller sent, and travels in a header. */
const MAX_MESSAGE_BYTES = 1024;

/** An error with the details that every error of ours carries. Bounded, however long its parts are. */
export function rpcError(code: Code, reason: Reason, message: string, details: ErrorDetails = {}): ConnectError {
  const { violations = [], retryAfterMs } = details;
  return new ConnectError(cutText(message, MAX_MESSAGE_BYTES), code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "agentteam", metadata: {} } },
    ...(violations.length === 0
      ? []
      : [
          {
            desc: BadRequestSchema,
            value: { fieldViolations: boundedViolations(violations).map((violation) => ({ ...violation })) },
          },
        ]),
    ...(retryAfterMs === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryAfterMs) } }]),
  ]);
}

/** A field of the request is wrong in itself. */
export function badRequest(field: string, description: string): ConnectError {
  return rpcError(Code.InvalidArgument, "BAD_REQUEST", `${field}: ${description}`, {
    violations: [{ field, description, reason: "" }],
  });
}

/** What a handler threw, as its caller may see it; what is not for callers is thrown on and becomes INTERNAL. */
function toRpcError(error: unknown): unknown {
  if (!isJournalError(error)) return error;
  switch (error.code) {
    case "bad-cursor":
      return badRequest("page_token", "this is not the next_page_token of a page");
    case "unavailable":
    case "closed":
      return rpcError(Code.Unavailable, "STORE_UNAVAILABLE", "the store does not answer", { retryAfterMs: 1000 });
    case "over-quota": // where a quota is set, it is met with its own reason
    case "full":
    case "too-large":
      return rpcError(Code.ResourceExhausted, "STORE_FULL", "the store has no room for this");
    case "version-conflict":
      return rpcError(Code.Aborted, "VERSION_CONFLICT", "somebody else changed this at the same moment");
    default:
      return error.code satisfies never;
  }
}

/** A handler that gets its caller's subject and the signal of the call, and ends with errors that callers may see. */
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
