import { dateAt } from "@agent-team/grpc-server";
import { type Context, Hono } from "hono";
import type { Tickets } from "../auth/tickets.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { pathId } from "../request/parameters.ts";

/** The event streams that a ticket can open. */
const STREAMS = ["turns", "runs"] as const;

/**
 * A ticket for the events of a turn or a run. Whether it is there, and the caller's, is seen when it is read: a stream of another
 * caller answers like an unknown one.
 */
export function ticketRoutes({ tickets }: { readonly tickets: Tickets }): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();
  for (const kind of STREAMS)
    routes.post(`/${kind}/:id/tickets`, (context) => issue(context, tickets, `/v1/${kind}/${pathId(context)}/events`));
  return routes;
}

function issue(context: Context<GatewayEnv>, tickets: Tickets, path: string): Response {
  const { ticket, connectBeforeMs, reconnectBeforeMs } = tickets.issue(context.get("caller")?.subject ?? "", path);
  return context.json(
    {
      ticket,
      events_url: `${path}?ticket=${ticket}`,
      connect_before: dateAt(connectBeforeMs).toISOString(),
      reconnect_before: dateAt(reconnectBeforeMs).toISOString(),
    },
    201,
    { "cache-control": "no-store" },
  );
}
