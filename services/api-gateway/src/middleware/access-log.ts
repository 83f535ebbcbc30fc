import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

/**
 * A line per request when its answer begins; an event stream goes on after that. The path is logged without its query;
 * no body and no credential ever is, but whose the request was.
 */
export function accessLog(logger: Logger, clock: Clock): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const startedMs = clock.now();
    await next();
    const { traceId, requestId } = context.get("trace");
    const { method, path } = context.req;
    const durationMs = Math.round(clock.now() - startedMs);
    const subject = context.get("caller")?.subject;
    const ids = { trace_id: traceId, request_id: requestId };
    logger.info({ method, path, status: context.res.status, duration_ms: durationMs, subject, ...ids }, "request");
  };
}
