import { Hono } from "hono";
import { requireScope } from "../auth/authenticate.ts";
import { ADMIN_SCOPE } from "../caller.ts";
import type { ChannelView } from "../clients/backend.ts";
import type { GatewayEnv } from "../gateway-env.ts";

export interface DiscoveryParts {
  readonly workflow: Pick<ChannelView, "snapshot">;
  readonly engine: Pick<ChannelView, "snapshot">;
}

/** A snapshot of each channel, by the name of its service. For operators. */
export function discoveryRoutes({ workflow, engine }: DiscoveryParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.get("/discovery", requireScope(ADMIN_SCOPE), (context) => {
    const channels = { "workflow-agent": workflow.snapshot(), "workflow-engine": engine.snapshot() };
    return context.json(channels, 200, { "cache-control": "no-store" });
  });

  return routes;
}
