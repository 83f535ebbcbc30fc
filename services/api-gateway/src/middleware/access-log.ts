import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { loggedPath } from "../logged-path.ts";

/**
 * Logs one line for each request, when its response begins; an event stream goes on after that. The line has the caller's
 * subject and the path without its query and without the token of a webhook. It never has a body or a credential.
 */
export function accessLog(logger: Logger, clock: Clock): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const startedMs = clock.now();
    await next();
    const { traceId, requestId } = context.get("trace");
    const { method } = context.req;
    const path = loggedPath(context.req.path);
    const durationMs = Math.round(clock.now() - startedMs);
    const subject = context.get("caller")?.subject;
    const ids = { trace_id: traceId, request_id: requestId };
    logger.info({ method, path, status: context.res.status, duration_ms: durationMs, subject, ...ids }, "request");
  };
}
