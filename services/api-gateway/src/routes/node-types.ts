import { ListNodeTypesResponseSchema } from "@agent-team/contracts";
import { Hono } from "hono";
import { resource } from "../answer/resource.ts";
import type { EngineClient } from "../engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { callOptions } from "../request/trace.ts";

export interface NodeTypeParts {
  readonly engine: EngineClient;
}

export function nodeTypeRoutes({ engine }: NodeTypeParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.get("/node-types", async (context) => {
    const catalogue = await engine.listNodeTypes({}, callOptions(context));
    return resource(ListNodeTypesResponseSchema, catalogue);
  });

  return routes;
}
