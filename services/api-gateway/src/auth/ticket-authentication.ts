import type { MiddlewareHandler } from "hono";
import { splitProof } from "../event-proof.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { unauthenticated } from "./refusal.ts";
import type { Tickets } from "./tickets.ts";

/** The parameter of the query. A ticket is taken from nowhere else. */
const PARAMETER = "ticket";

/**
 * Middleware of event streams: finds the caller by the ticket in the query, if there is one. Only GET uses a ticket up: a HEAD of a program that
 * looks at links does not.
 */
export function ticketAuthentication(tickets: Tickets): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const [ticket, another] = context.req.queries(PARAMETER) ?? [];
    if (ticket === undefined || context.req.method !== "GET") return await next();
    if (another !== undefined || context.req.header("authorization") !== undefined)
      throw unauthenticated("CREDENTIAL_MALFORMED", "expected Authorization or one ticket, got more");
    const { proof } = splitProof(context.req.header("last-event-id") ?? "");
    const reader = await tickets.admit(ticket, context.req.path, proof);
    context.set("caller", reader.caller);
    context.set("readerProof", reader.proof);
    return await next();
  };
}
