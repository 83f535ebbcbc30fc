import { randomBytes, randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv, Trace } from "../gateway-env.ts";

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** W3C Trace Context, version 00: "All zeroes … is considered an invalid value" for both ids. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Gives each request its trace, and the response its `x-request-id`. */
export function tracing(): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const trace = readTrace((name) => context.req.header(name));
    context.set("trace", trace);
    await next();
    context.header("x-request-id", trace.requestId);
  };
}

/** A header that does not parse is replaced, not refused: it only serves the logs. */
function readTrace(header: (name: string) => string | undefined): Trace {
  const given = header("x-request-id") ?? "";
  const requestId = REQUEST_ID.test(given) ? given : randomUUID();
  const traceparent = header("traceparent") ?? "";
  const traceId = TRACEPARENT.exec(traceparent)?.[1];
  return traceId === undefined ? { requestId, ...beginTrace() } : { requestId, traceId, traceparent };
}

/** A new trace. Its flags are 00: it is not sampled. */
function beginTrace(): Pick<Trace, "traceId" | "traceparent"> {
  const traceId = randomBytes(16).toString("hex");
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-00` };
}
