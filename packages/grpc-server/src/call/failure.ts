/**
 * Whatever a handler threw, read once, as what its call ends with. A thrown value can be anything: no error, an error
 * whose getters throw, an error of another server. Nothing of a `Failure` throws any more.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import { isChannelError } from "@agent-team/grpc-client";
import { create } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyIs, anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";

/** What the caller reads when a handler fails in a way that it did not plan: the log has the rest. */
const DEFECT_MESSAGE = "internal error";

/** The domain of every ErrorInfo of ours: an error that has one was written for callers. */
const DOMAIN = "agentteam";

export interface Failure {
  readonly code: Code;
  readonly message: string;
  readonly details: readonly Any[];
  readonly metadata: Headers | undefined;
  /** What the handler's signal gives as its reason. */
  readonly reason: ConnectError;
  /** What belongs in the log, because the caller does not read it. */
  readonly report: FailureReport | undefined;
  /** Details that cannot be encoded. */
  readonly leftOut: readonly string[];
}

export type FailureReport =
  /** The handler failed with something that is not a `ConnectError`, or with one that cannot be read. */
  | { readonly kind: "defect"; readonly thrown: unknown }
  /** A call that the handler made failed on the way: its message names addresses. The caller got `id` in its place. */
  | { readonly kind: "upstream"; readonly thrown: unknown; readonly id: string };

/** @param createId names a failure, for the caller and in the log */
export function toFailure(thrown: unknown, createId: () => string): Failure {
  try {
    if (thrown instanceof ConnectError) return read(thrown, createId);
  } catch {
    // A getter of the error threw: then it is a defect like any other.
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
    leftOut: [],
  };
}

function read(error: ConnectError, createId: () => string): Failure {
  const code = Number(error.code) as Code;
  if (Code[code] === undefined) throw new RangeError(`expected a code from 1 to 16, got ${code}`);
  const leftOut: string[] = [];
  const details = error.details.flatMap((detail) => toAny(detail, leftOut));
  // A channel's error has the channel's own error as its cause, whatever server or socket it came from.
  if (isChannelError(error.cause)) return fromChannel(error, code, details, createId);
  // An error that came by another client carries its server's headers, which are not meant for our caller.
  const metadata = error.isWireError ? undefined : new Headers(error.metadata);
  return { code, message: `${error.rawMessage}`, details, metadata, reason: error, report: undefined, leftOut };
}

/**
 * A service's word for callers is passed on, without that server's headers. Any other message was written by a channel, a
 * proxy or a runtime, for operators: it may name addresses and ports.
 */
function fromChannel(error: ConnectError, code: Code, details: readonly Any[], createId: () => string): Failure {
  const passedOn = { code, details, metadata: undefined, reason: error, leftOut: [] };
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

/** A detail made here is a message; one that came from another server is bytes already, and passes through. */
function toAny(detail: ConnectError["details"][number], leftOut: string[]): Any[] {
  try {
    if ("desc" in detail) return [anyPack(detail.desc, create(detail.desc, detail.value))];
    return [create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value })];
  } catch {
    leftOut.push("grpc-status-details-bin");
    return [];
  }
}

/** Whether a detail says why, for programs. Such a detail is small. */
export function isErrorInfo(detail: Any): boolean {
  return anyIs(detail, ErrorInfoSchema);
}
