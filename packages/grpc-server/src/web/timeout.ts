import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc-web";

/** 24.8 days, as far as a timer of 31 bits counts. */
const MAX_TIMEOUT_MS = 2_147_483_000;

/**
 * Takes the timeout of a call out of its header, so that the call has one deadline, which is the server's. Infinity without one. A text
 * that is no timeout stays: Connect's handlers refuse the call for it.
 */
export function takeTimeout(header: Headers, isGrpcWeb: boolean): number {
  const name = isGrpcWeb ? "grpc-timeout" : "connect-timeout-ms";
  const parse = isGrpcWeb ? parseGrpcTimeout : parseConnectTimeout;
  const { timeoutMs, error } = parse(header.get(name), Number.MAX_SAFE_INTEGER);
  if (timeoutMs === undefined || error !== undefined) return Number.POSITIVE_INFINITY;
  header.delete(name);
  return Math.min(MAX_TIMEOUT_MS, timeoutMs);
}
