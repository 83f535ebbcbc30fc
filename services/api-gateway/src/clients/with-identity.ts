/**
 * A transport that adds the caller's identity to each call. The identity is signed for the one service that is called,
 * and for each call anew, so that it expires soon after the call's deadline.
 */

import { IDENTITY_HEADER, type IdentitySigner } from "@agent-team/grpc-server";
import { Code, ConnectError, type ContextValues, type Transport } from "@connectrpc/connect";
import { type Caller, callerKey } from "../caller.ts";

/**
 * @param signer without one, calls carry no identity
 * @param audience the name of the service behind `transport`
 */
export function withIdentity(transport: Transport, signer: IdentitySigner | undefined, audience: string): Transport {
  if (signer === undefined) return transport;
  const sign = (header: HeadersInit | undefined, timeoutMs: number | undefined, values: ContextValues | undefined) => {
    const signed = new Headers(header);
    signed.set(IDENTITY_HEADER, signer.sign(callerOf(values), audience, timeoutMs));
    return signed;
  };
  return {
    unary: async (method, signal, timeoutMs, header, input, values) =>
      transport.unary(method, signal, timeoutMs, sign(header, timeoutMs, values), input, values),
    stream: async (method, signal, timeoutMs, header, input, values) =>
      transport.stream(method, signal, timeoutMs, sign(header, timeoutMs, values), input, values),
  };
}

function callerOf(values: ContextValues | undefined): Caller {
  const caller = values?.get(callerKey);
  if (caller === undefined) throw new ConnectError("expected a caller in the call's context values", Code.Internal);
  return caller;
}
