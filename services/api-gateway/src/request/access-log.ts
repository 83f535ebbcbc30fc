import type { Clock } from "@agent-team/grpc-client";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

/**
 * A line per request when its answer begins; an event stream goes on after that. The path is logged without its query,
 * and no body ever is.
 */
export function accessLogged(logger: Logger, clock: Clock): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const startedMs = clock.now();
    await next();
    const { traceId, requestId } = context.get("trace");
    const { method, path } = context.req;
    const durationMs = Math.round(clock.now() - startedMs);
    logger.info(
      { method, path, status: context.res.status, duration_ms: durationMs, trace_id: traceId, request_id: requestId },
      "request",
    );
  };
}
