import { type CallOptions as ConnectCallOptions, createContextValues } from "@connectrpc/connect";
import type { Context } from "hono";
import { callerKey } from "../caller.ts";
import type { GatewayEnv } from "../gateway-env.ts";

export type CallOptions = ConnectCallOptions & { readonly signal: AbortSignal };

/**
 * Options of a call that is made for this request. They carry the trace and the caller, and the call is cancelled when
 * the caller closes its connection.
 */
export function callOptions(context: Context<GatewayEnv>): CallOptions {
  const { requestId, traceparent } = context.get("trace");
  return {
    signal: context.req.raw.signal,
    headers: { "x-request-id": requestId, traceparent },
    contextValues: createContextValues().set(callerKey, context.get("caller")),
  };
}
