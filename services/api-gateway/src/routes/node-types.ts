import { ListNodeTypesResponseSchema } from "@agent-team/contracts";
import { Hono } from "hono";
import type { EngineClient } from "../clients/engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { jsonResponse } from "../response/json-response.ts";
import { callOptions } from "./call-options.ts";

export interface NodeTypeParts {
  readonly engine: EngineClient;
}

export function nodeTypeRoutes({ engine }: NodeTypeParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.get("/node-types", async (context) => {
    const catalogue = await engine.listNodeTypes({}, callOptions(context));
    return jsonResponse(ListNodeTypesResponseSchema, catalogue);
  });

  return routes;
}
