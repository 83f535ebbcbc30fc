/** The error with which a connection ended, for people. */

import { oneLine } from "../one-line.ts";
import { explainTlsError } from "./socket-factory.ts";

/** In one line and with the address: only some errors of sockets have it, and OpenSSL's have several lines. */
export function namedError(error: Error, address: string): Error {
  const message = oneLine(explainTlsError(error) ?? error.message);
  if (message === error.message && message.includes(address)) return error;
  return new Error(message.includes(address) ? message : `${address}: ${message}`, { cause: error });
}
