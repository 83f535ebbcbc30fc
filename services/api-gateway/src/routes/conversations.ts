import { GetConversationResponseSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { Hono } from "hono";
import { z } from "zod";
import type { ProblemReporter } from "../answer/problem-reporter.ts";
import { resource } from "../answer/resource.ts";
import { streamTurn } from "../answer/turn-stream.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { requireEventStream } from "../request/accept.ts";
import { readJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, readPage, requestId, text } from "../request/parameters.ts";
import { RequestError } from "../request/request-error.ts";
import { callOptions } from "../request/trace.ts";
import type { WorkflowClient } from "../workflow-client.ts";

export interface ConversationParts {
  readonly workflow: WorkflowClient;
  readonly problems: ProblemReporter;
  readonly clock: Clock;
  /** Aborts when the streams that are left have to end, because the process does. */
  readonly stopping: AbortSignal;
}

/** The largest message of a person, in bytes of UTF-8. */
const maxMessageBytes = 8_192;

const messageBody = z.strictObject({ message: text(maxMessageBytes), request_id: requestId.optional() });

export function conversationRoutes({ workflow, problems, clock, stopping }: ConversationParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.post("/conversations/:id/messages", async (context) => {
    const conversationId = pathId(context);
    requireEventStream(context.req.header("accept"));
    const { message, request_id } = check(messageBody, await readJsonObject(context.req.raw));
    const options = callOptions(context);
    const signal = AbortSignal.any([options.signal, stopping]);
    const turn = workflow.processConversation(
      { conversationId, message, requestId: request_id ?? "" },
      { ...options, signal },
    );
    return await streamTurn(turn, {
      clock,
      describe: (thrown) => problems.describe(stopping.aborted ? gatewayStops() : thrown, context).problem,
    });
  });

  routes.get("/conversations/:id", async (context) => {
    const request = { conversationId: pathId(context), ...readPage(context) };
    const conversation = await workflow.getConversation(request, callOptions(context));
    return resource(GetConversationResponseSchema, conversation);
  });

  routes.delete("/conversations/:id", async (context) => {
    await workflow.deleteConversation({ conversationId: pathId(context) }, callOptions(context));
    return context.body(null, 204);
  });

  return routes;
}

function gatewayStops(): RequestError {
  return new RequestError("GATEWAY_STOPPING", "the gateway is stopping; send the message again");
}
