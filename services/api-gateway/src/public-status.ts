/**
 * The part of a status that a caller may read. In: the status of a call to a service. Out: a detail and a reason. A
 * message with an ErrorInfo of our domain was written for callers, and is passed on. Any other message comes from a
 * channel, a proxy or a runtime and may name internal addresses: the caller gets a sentence for the code, and the log
 * gets the message.
 */

import { type ErrorInfo, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";

/** The `domain` of every ErrorInfo that agent and engine attach. */
const DOMAIN = "agentteam";

export interface PublicStatus {
  readonly detail: string;
  /** The cause, for programs. */
  readonly reason: string;
}

const FAILED: PublicStatus = { reason: "SERVICE_FAILED", detail: "internal error" };
const REFUSED: PublicStatus = { reason: "SERVICE_REFUSED", detail: "a service behind the gateway refused the request" };

/** For the codes that channels, proxies and gRPC runtimes make. Of the others, `FAILURES` are FAILED and the rest REFUSED. */
const BY_CODE: Readonly<Partial<Record<Code, PublicStatus>>> = {
  [Code.Unavailable]: {
    reason: "SERVICE_UNAVAILABLE",
    detail: "a service behind the gateway cannot be reached now; try again",
  },
  [Code.DeadlineExceeded]: {
    reason: "SERVICE_TIMEOUT",
    detail: "a service behind the gateway did not answer in time",
  },
  [Code.ResourceExhausted]: {
    reason: "SERVICE_LIMIT",
    detail: "a service behind the gateway is overloaded, or the message is over its limit",
  },
  [Code.Canceled]: { reason: "CALL_CANCELLED", detail: "the call was cancelled before it was answered" },
  [Code.Unimplemented]: {
    reason: "NOT_IMPLEMENTED",
    detail: "the service behind the gateway does not offer this; it may be of an older version",
  },
};

/** Codes of a fault that the caller cannot correct. */
const FAILURES: ReadonlySet<Code> = new Set([Code.Unknown, Code.Internal, Code.DataLoss, Code.Unauthenticated]);

/** The turn that an error is about, if its service has named one. */
export function turnIdOf(error: ConnectError): string | undefined {
  return infoOf(error)?.metadata["turn_id"];
}

/** Whether agent or engine has made it, and not a channel, a proxy or a runtime. */
export function isOfService(error: ConnectError): boolean {
  return infoOf(error) !== undefined;
}

function infoOf(error: ConnectError): ErrorInfo | undefined {
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
}

export function publicStatus(error: ConnectError): PublicStatus {
  const info = infoOf(error);
  if (info !== undefined) return { detail: error.rawMessage, reason: info.reason };
  return BY_CODE[error.code] ?? (FAILURES.has(error.code) ? FAILED : REFUSED);
}
