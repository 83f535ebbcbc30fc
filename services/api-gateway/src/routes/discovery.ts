import type { ChannelSnapshot } from "@agent-team/grpc-client";
import { Hono } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

export interface DiscoveryParts {
  readonly workflow: { snapshot(): ChannelSnapshot };
  readonly engine: { snapshot(): ChannelSnapshot };
}

/** What this gateway's channels know at this moment, by the name of the service they lead to. */
export function discoveryRoutes({ workflow, engine }: DiscoveryParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.get("/discovery", (context) => {
    const channels = { "workflow-agent": workflow.snapshot(), "workflow-engine": engine.snapshot() };
    return context.json(channels, 200, { "cache-control": "no-store" });
  });

  return routes;
}
