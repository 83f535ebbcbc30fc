import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { MiddlewareHandler } from "hono";
import { type Caller, HOOK_CALLER } from "../caller.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { loggedPath } from "../logged-path.ts";
import { addressOf } from "./client-address.ts";

/** Of requests that were refused for who sent them. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * Logs one line for each request, when its response begins; an event stream goes on after that. The line has the caller's
 * subject and the path without its query and without the token of a webhook. It never has a body, a header or a credential. A request
 * that was refused also has the client's address, as its limits have it (decision 0062): the subject is missing, or is not enough to find the
 * sender.
 *
 * @param trustedHops as in `clientAddress`
 */
export function accessLog(logger: Logger, clock: Clock, trustedHops: number): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const startedMs = clock.now();
    await next();
    const { traceId, requestId } = context.get("trace");
    const { method } = context.req;
    const path = loggedPath(context.req.path);
    const durationMs = Math.round(clock.now() - startedMs);
    const caller = context.get("caller");
    const { status } = context.res;
    const client_address = isRefusal(status, caller) ? addressOf(context, trustedHops) : undefined;
    const ids = { trace_id: traceId, request_id: requestId };
    logger.info(
      { method, path, status, duration_ms: durationMs, subject: caller?.subject, client_address, ...ids },
      "request",
    );
  };
}

/** A wrong token of a webhook or an approval is answered 404. */
function isRefusal(status: number, caller: Caller | undefined): boolean {
  return REFUSALS.has(status) || (status === 404 && (caller === undefined || caller === HOOK_CALLER));
}
