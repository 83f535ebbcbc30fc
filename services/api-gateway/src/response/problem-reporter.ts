import type { Logger } from "@agent-team/grpc-server";
import { ConnectError } from "@connectrpc/connect";
import type { Context } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { loggedPath } from "../logged-path.ts";
import { type ProblemResponse, toProblem } from "../problem.ts";
import { RequestError } from "../request-error.ts";

/** Turns failures into problem documents, and logs the parts that the caller does not get. */
export interface ProblemReporter {
  /** The failure as data, for a stream that has begun. */
  describe(thrown: unknown, context: Context<GatewayEnv>): ProblemResponse;
  /** The failure as the whole response. */
  respond(thrown: unknown, context: Context<GatewayEnv>): Response;
}

export function createProblemReporter(logger: Logger): ProblemReporter {
  const describe = (thrown: unknown, context: Context<GatewayEnv>): ProblemResponse => {
    const hasCallerLeft = context.req.raw.signal.aborted;
    const response = toProblem(hasCallerLeft ? callerLeft(thrown) : thrown, context.get("trace").traceId);
    log(logger, response, hasCallerLeft ? undefined : thrown, context);
    return response;
  };
  return {
    describe,
    respond(thrown, context) {
      const { problem, headers } = describe(thrown, context);
      return new Response(JSON.stringify(problem), { status: problem.status, headers });
    },
  };
}

/** `error` for a defect; `warn` for a status of 500 and above, and for a message that the caller does not get; else nothing. */
function log(logger: Logger, response: ProblemResponse, thrown: unknown, context: Context<GatewayEnv>): void {
  const { traceId, requestId } = context.get("trace");
  const { status, code, detail } = response.problem;
  const line = {
    trace_id: traceId,
    request_id: requestId,
    method: context.req.method,
    path: loggedPath(context.req.path),
  };
  if (response.isDefect) return logger.error({ ...line, err: thrown }, "a request failed unexpectedly");
  const message = thrown instanceof ConnectError ? thrown.rawMessage : detail;
  if (status >= 500 || message !== detail) logger.warn({ ...line, status, code, detail: message }, "a request failed");
}

/** A failure after the caller closed its connection is a result of that. The caller does not read the response. */
function callerLeft(cause: unknown): RequestError {
  return new RequestError("CALLER_LEFT", "the caller closed the connection", { cause });
}
