/**
 * What a caller may read of a status that came back from behind the gateway. A message that one of our services wrote
 * for callers carries an ErrorInfo of our domain, and is passed on. Any other message comes from a channel, a proxy or a
 * runtime: it may name internal addresses, so the caller gets a sentence per code and the message goes to the log.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";

/** `domain` of every ErrorInfo that agent and engine attach. */
const DOMAIN = "agentteam";

export interface PublicStatus {
  readonly detail: string;
  /** Why, for programs. */
  readonly reason: string;
}

export function publicStatus(error: ConnectError): PublicStatus {
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
  if (info !== undefined) return { detail: error.rawMessage, reason: info.reason };
  return SENTENCES[error.code] ?? (DEFECTS.has(error.code) ? FAILED : REFUSED);
}

/** Codes for a fault that the caller cannot correct. */
const DEFECTS: ReadonlySet<Code> = new Set([Code.Unknown, Code.Internal, Code.DataLoss, Code.Unauthenticated]);

const FAILED: PublicStatus = { reason: "SERVICE_FAILED", detail: "internal error" };
const REFUSED: PublicStatus = { reason: "SERVICE_REFUSED", detail: "a service behind the gateway refused the request" };

/** Codes that a channel, a proxy or a gRPC runtime makes. */
const SENTENCES: Readonly<Partial<Record<Code, PublicStatus>>> = {
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
