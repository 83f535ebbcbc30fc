/**
 * Adds to each call the identity it is made for, signed for the one service that is called, and anew for each call, so
 * that it lives no longer than the call may take. Without a signer calls go out bare, to services that ask for none.
 */

import { IDENTITY_HEADER, type IdentitySigner } from "@agent-team/grpc-server";
import { Code, ConnectError, type ContextValues, type Transport } from "@connectrpc/connect";
import { callerKey } from "../caller.ts";

/** @param audience the name of the service behind `transport` */
export function withIdentity(transport: Transport, signer: IdentitySigner | undefined, audience: string): Transport {
  if (signer === undefined) return transport;
  const sign = (header: HeadersInit | undefined, timeoutMs: number | undefined, values: ContextValues | undefined) => {
    const caller = values?.get(callerKey);
    if (caller === undefined) throw new ConnectError("a call without a caller is not made", Code.Internal);
    const signed = new Headers(header);
    signed.set(IDENTITY_HEADER, signer.sign(caller, audience, timeoutMs));
    return signed;
  };
  return {
    unary: async (method, signal, timeoutMs, header, input, values) =>
      transport.unary(method, signal, timeoutMs, sign(header, timeoutMs, values), input, values),
    stream: async (method, signal, timeoutMs, header, input, values) =>
      transport.stream(method, signal, timeoutMs, sign(header, timeoutMs, values), input, values),
  };
}
