/**
 * Reads a thrown value, once. In comes any value: no error, an error whose getters throw, an error of another server. Out
 * goes the `Failure` that its call ends with. No access to a `Failure` throws.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import { isChannelError } from "@agent-team/grpc-client";
import { create } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyIs, anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";

/** The message for the caller of a handler that failed without a `ConnectError`. The log has the error. */
const DEFECT_MESSAGE = "internal error";

/** The domain of our own ErrorInfo details: an error with one was written for callers. */
const DOMAIN = "agentteam";

export interface Failure {
  readonly code: Code;
  readonly message: string;
  readonly details: readonly Any[];
  readonly metadata: Headers | undefined;
  /** The abort reason of the handler's signal. */
  readonly reason: ConnectError;
  /** For the log: the facts that the caller does not get. */
  readonly report: FailureReport | undefined;
  /** Details that cannot be encoded. */
  readonly omitted: readonly string[];
}

export type FailureReport =
  /** The handler threw a value that is not a `ConnectError`, or one that cannot be read. */
  | { readonly kind: "defect"; readonly thrown: unknown }
  /** A call of the handler failed in its channel. The message may have addresses, so the caller gets `id` instead. */
  | { readonly kind: "upstream"; readonly thrown: unknown; readonly id: string };

/** @param createId makes the id of a failure, for the caller and the log */
export function toFailure(thrown: unknown, createId: () => string): Failure {
  try {
    if (thrown instanceof ConnectError) return read(thrown, createId);
  } catch {
    // A getter of the error threw: the error is a defect like any other value.
  }
  const reason = new ConnectError(DEFECT_MESSAGE, Code.Internal, undefined, undefined, thrown);
  const report = { kind: "defect", thrown } as const;
  return {
    code: Code.Internal,
    message: DEFECT_MESSAGE,
    details: [],
    metadata: undefined,
    reason,
    report,
    omitted: [],
  };
}

function read(error: ConnectError, createId: () => string): Failure {
  const code = Number(error.code) as Code;
  if (Code[code] === undefined) throw new RangeError(`expected a code from 1 to 16, got ${code}`);
  const omitted: string[] = [];
  const details = error.details.flatMap((detail) => toAny(detail, omitted));
  // An error that our transport throws has the channel's error as its cause.
  if (isChannelError(error.cause)) return fromChannel(error, code, details, createId);
  // An error that another client received has the headers of that client's server, which are not for our caller.
  const metadata = error.isWireError ? undefined : new Headers(error.metadata);
  return { code, message: `${error.rawMessage}`, details, metadata, reason: error, report: undefined, omitted };
}

/**
 * An error that a service wrote for callers is passed on, without that server's headers. Any other message is by a
 * channel, a proxy or a runtime, for operators: it may have addresses and ports.
 */
function fromChannel(error: ConnectError, code: Code, details: readonly Any[], createId: () => string): Failure {
  const passedOn = { code, details, metadata: undefined, reason: error, omitted: [] };
  const isForCallers = error.findDetails(ErrorInfoSchema).some(({ domain }) => domain === DOMAIN);
  if (isForCallers) return { ...passedOn, message: error.rawMessage, report: undefined };
  const id = createId();
  const info = create(ErrorInfoSchema, { domain: DOMAIN, reason: "DEPENDENCY_FAILED", metadata: { id } });
  return {
    ...passedOn,
    message: `a service that this one calls has failed (${id} in the log)`,
    details: [anyPack(ErrorInfoSchema, info)],
    report: { kind: "upstream", thrown: error, id },
  };
}

/** A detail that was made here is a message and is encoded; a detail of another server is bytes already. */
function toAny(detail: ConnectError["details"][number], omitted: string[]): Any[] {
  try {
    if ("desc" in detail) return [anyPack(detail.desc, create(detail.desc, detail.value))];
    return [create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value })];
  } catch {
    omitted.push("grpc-status-details-bin");
    return [];
  }
}

/** Whether a detail is the reason for programs. Such a detail is small. */
export function isErrorInfo(detail: Any): boolean {
  return anyIs(detail, ErrorInfoSchema);
}
