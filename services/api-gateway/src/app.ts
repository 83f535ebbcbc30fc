/** The gateway's routes and the middleware before them, in the order in which a request passes it. */

import type { Clock } from "@agent-team/foundation/clock";
import { isProduction, type Logger } from "@agent-team/grpc-server";
import type { PageSource } from "@agent-team/page";
import { type Context, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { type Authenticate, authentication } from "./auth/authenticate.ts";
import { ticketAuthentication } from "./auth/ticket-authentication.ts";
import type { Tickets } from "./auth/tickets.ts";
import { isChatPath } from "./chat.ts";
import type { EngineClient } from "./clients/engine-client.ts";
import type { WorkflowClient } from "./clients/workflow-client.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import type { Limits } from "./limits.ts";
import { accessLog } from "./middleware/access-log.ts";
import { callerLimits } from "./middleware/caller-limits.ts";
import { conditional } from "./middleware/conditional.ts";
import { cors } from "./middleware/cors.ts";
import { sameSite } from "./middleware/same-site.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { tracing } from "./middleware/trace.ts";
import type { OpenStreams } from "./open-streams.ts";
import { RequestError } from "./request-error.ts";
import { openAiErrorResponse } from "./response/openai-error.ts";
import { createProblemReporter } from "./response/problem-reporter.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { chatRoutes } from "./routes/chat-completions.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { discoveryRoutes } from "./routes/discovery.ts";
import { docsRoutes } from "./routes/docs.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { nodeTypeRoutes } from "./routes/node-types.ts";
import { pageRoutes } from "./routes/page.ts";
import { runRoutes } from "./routes/runs.ts";
import { ticketRoutes } from "./routes/tickets.ts";
import { turnRoutes } from "./routes/turns.ts";
import { workflowRoutes } from "./routes/workflows.ts";

const EVENT_PATHS = ["/v1/turns/:id/events", "/v1/runs/:id/events"];
const MESSAGE_PATHS = ["/v1/conversations/:id/messages", "/v1/chat/completions"];

export interface AppParts {
  readonly config: GatewayConfig;
  readonly workflow: WorkflowClient;
  readonly engine: EngineClient;
  readonly authenticate: Authenticate;
  readonly tickets: Tickets;
  readonly limits: Limits;
  readonly streams: OpenStreams;
  readonly page: PageSource;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
  /** A request or a stream ended because the process stops. */
  readonly onBrokenOff: () => void;
}

export function createApp(parts: AppParts): Hono<GatewayEnv> {
  const { config, workflow, engine, authenticate, tickets, limits, streams, page } = parts;
  const { logger, clock, stopping, onBrokenOff } = parts;
  const problems = createProblemReporter(logger, stopping, onBrokenOff);
  const refuse = (error: unknown, context: Context<GatewayEnv>): Response =>
    isChatPath(context.req.path)
      ? openAiErrorResponse(problems.describe(error, context))
      : problems.respond(error, context);
  const app = new Hono<GatewayEnv>();

  app.use(tracing());
  app.use(accessLog(logger, clock, config.TRUSTED_HOPS));
  app.use(securityHeaders(isProduction(config)));
  app.use(cors(config.CORS_ORIGINS));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => refuse(wrongMethod(context.req.method, methods), context),
    }),
  );

  // For the load balancer: 200 while the process serves, without credentials and without a call to a service.
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.route("/", pageRoutes(page.loadPage));
  app.route("/", docsRoutes());
  // Without credentials all callers are one subject, on the machine of a developer.
  const rates = config.AUTH_MODE === "none" ? undefined : callerLimits(config, limits);
  if (rates !== undefined) for (const links of ["/v1/hooks/*", "/v1/approvals/*"]) app.use(links, rates.links);
  app.route("/v1", hookRoutes({ engine }));
  app.route("/v1", approvalRoutes({ engine }));
  if (config.AUTH_MODE === "none") app.use("/v1/*", sameSite(config.ALLOWED_HOSTS, config.CORS_ORIGINS));
  if (rates !== undefined) app.use("/v1/*", rates.refused);
  if (config.AUTH_MODE !== "none") app.on("GET", EVENT_PATHS, ticketAuthentication(tickets));
  app.use("/v1/*", authentication(authenticate));
  if (rates !== undefined) app.use("/v1/*", rates.requests);
  if (rates !== undefined) app.on("POST", MESSAGE_PATHS, rates.messages);
  app.use("/v1/*", conditional());
  app.route("/v1", conversationRoutes({ workflow, problems, streams, stopping }));
  app.route("/v1", chatRoutes({ workflow, problems, clock, streams, stopping }));
  app.route("/v1", ticketRoutes({ tickets }));
  app.route("/v1", turnRoutes({ workflow, problems, streams, stopping }));
  app.route("/v1", workflowRoutes({ engine, workflow }));
  app.route("/v1", runRoutes({ engine, problems, streams, stopping }));
  app.route("/v1", nodeTypeRoutes({ engine }));
  app.route("/v1", discoveryRoutes({ workflow, engine }));

  app.notFound((context) =>
    refuse(new RequestError("ROUTE_NOT_FOUND", `no route ${context.req.path.slice(0, 200)}`), context),
  );
  app.onError(refuse);
  return app;
}

function wrongMethod(method: string, allowed: readonly string[]): RequestError {
  const allow = allowed.join(", ");
  return new RequestError("METHOD_NOT_ALLOWED", `${method} is not allowed here: expected ${allow}`, {
    headers: { allow },
  });
}
