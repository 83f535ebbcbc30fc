import { GetConversationResponseSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { requireEventStream } from "../request/accept.ts";
import { readJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, readPage, requestId, text } from "../request/parameters.ts";
import { RequestError } from "../request-error.ts";
import { jsonResponse } from "../response/json-response.ts";
import type { ProblemReporter } from "../response/problem-reporter.ts";
import { streamTurn } from "../response/turn-stream.ts";
import { callOptions } from "./call-options.ts";

export interface ConversationParts {
  readonly workflow: WorkflowClient;
  readonly problems: ProblemReporter;
  readonly clock: Clock;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
}

/** The largest message, in bytes of UTF-8. */
const MAX_MESSAGE_BYTES = 8_192;

const messageBody = z.strictObject({ message: text(MAX_MESSAGE_BYTES), request_id: requestId.optional() });

export function conversationRoutes(parts: ConversationParts): Hono<GatewayEnv> {
  const { workflow } = parts;
  const routes = new Hono<GatewayEnv>();

  routes.post("/conversations/:id/messages", (context) => runTurn(context, parts));

  routes.get("/conversations/:id", async (context) => {
    const request = { conversationId: pathId(context), ...readPage(context) };
    const conversation = await workflow.getConversation(request, callOptions(context));
    return jsonResponse(GetConversationResponseSchema, conversation);
  });

  routes.delete("/conversations/:id", async (context) => {
    await workflow.deleteConversation({ conversationId: pathId(context) }, callOptions(context));
    return context.body(null, 204);
  });

  return routes;
}

/** `{ "message": string, "request_id"?: string }`. The turn is cancelled when its caller disconnects or the process stops. */
async function runTurn(context: Context<GatewayEnv>, parts: ConversationParts): Promise<Response> {
  const { workflow, problems, clock, stopping } = parts;
  const conversationId = pathId(context);
  requireEventStream(context.req.header("accept"));
  const { message, request_id } = check(messageBody, await readJsonObject(context.req.raw));
  const options = callOptions(context);
  const turn = workflow.processConversation(
    { conversationId, message, requestId: request_id ?? "" },
    { ...options, signal: AbortSignal.any([options.signal, stopping]) },
  );
  return await streamTurn(turn, {
    clock,
    describe: (thrown) => problems.describe(stopping.aborted ? gatewayStops() : thrown, context).problem,
  });
}

function gatewayStops(): RequestError {
  return new RequestError(
    "GATEWAY_STOPPING",
    "the gateway is stopping; send the message again with the same request_id",
  );
}
