/**
 * Errors of a journal on the wire: a gRPC status with the message, and ErrorInfo with the error code as its reason.
 * `toStatus` is the server's half, `refusalOf` the client's.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { isJournalError, JournalError, type JournalErrorCode } from "../errors.ts";

const DOMAIN = "agentteam";

const STATUSES: Readonly<Record<JournalErrorCode, Code>> = {
  "version-conflict": Code.Aborted,
  "too-large": Code.InvalidArgument,
  "over-quota": Code.ResourceExhausted,
  full: Code.ResourceExhausted,
  "bad-cursor": Code.InvalidArgument,
  unavailable: Code.Unavailable,
  closed: Code.Unavailable,
};

/** An error of the store as a status; every other error is `unavailable`. */
export function toStatus(error: unknown): ConnectError {
  const code = isJournalError(error) ? error.code : "unavailable";
  const message = error instanceof Error ? error.message.replace(/^\[[a-z-]+\] /, "") : String(error);
  const info = { domain: DOMAIN, reason: code.toUpperCase().replaceAll("-", "_") };
  return new ConnectError(message, STATUSES[code], undefined, [{ desc: ErrorInfoSchema, value: info }]);
}

/** The error that the store threw; undefined when the call failed on the way. */
export function refusalOf(error: ConnectError): JournalError | undefined {
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
  const code = info?.reason.toLowerCase().replaceAll("_", "-");
  return isErrorCode(code) ? new JournalError(code, error.rawMessage) : undefined;
}

function isErrorCode(code: string | undefined): code is JournalErrorCode {
  return code !== undefined && Object.hasOwn(STATUSES, code);
}
