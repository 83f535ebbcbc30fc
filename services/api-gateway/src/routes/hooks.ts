import { FireWebhookResponseSchema } from "@agent-team/contracts";
import { type Context, Hono } from "hono";
import { HOOK_CALLER } from "../caller.ts";
import type { EngineClient } from "../clients/engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { readBytes } from "../request/body.ts";
import { RequestError } from "../request-error.ts";
import { jsonResponse } from "../response/json-response.ts";
import { callOptions } from "./call-options.ts";

export interface HookParts {
  readonly engine: EngineClient;
}

/**
 * The webhooks of workflows. The token in the path authorises a call, so the senders need no credential of the API: these
 * routes stand before authentication. GET and HEAD never start a run.
 */
export function hookRoutes({ engine }: HookParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.post("/hooks/:workflow/:token", async (context) => {
    const fired = await fire(context, engine);
    if (fired.challenge !== "") return context.text(fired.challenge);
    return jsonResponse(FireWebhookResponseSchema, fired, { status: 202 });
  });

  routes.get("/hooks/:workflow/:token", async (context) => {
    const { challenge } = await fire(context, engine);
    if (challenge !== "") return context.text(challenge);
    throw new RequestError("METHOD_NOT_ALLOWED", "a webhook is called with POST", { headers: { allow: "POST" } });
  });

  return routes;
}

async function fire(context: Context<GatewayEnv>, engine: EngineClient): ReturnType<EngineClient["fireWebhook"]> {
  const { raw } = context.req;
  const request = {
    workflowId: context.req.param("workflow") ?? "",
    token: context.req.param("token") ?? "",
    method: raw.method,
    query: new URL(raw.url).search.slice(1),
    headers: Object.fromEntries(raw.headers),
    body: await readBytes(raw),
  };
  context.set("caller", HOOK_CALLER);
  return await engine.fireWebhook(request, callOptions(context));
}
