import type { Logger } from "@agent-team/grpc-server";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Context } from "hono";
import type { GatewayEnv, Trace } from "../gateway-env.ts";
import { loggedPath } from "../logged-path.ts";
import { type ProblemResponse, toProblem } from "../problem.ts";
import { RequestError } from "../request-error.ts";

const STOPPING = "GATEWAY_STOPPING";

/** Turns failures into problem documents, and logs the parts that the caller does not get. */
export interface ProblemReporter {
  /** The failure as data. */
  describe(thrown: unknown, context: Context<GatewayEnv>): ProblemResponse;
  /** The same for a stream that has begun, and whose reader is there: the function holds what the log needs, and not the request. */
  forStream(context: Context<GatewayEnv>): (thrown: unknown) => ProblemResponse;
  /** The failure as the whole response. */
  respond(thrown: unknown, context: Context<GatewayEnv>): Response;
}

/**
 * @param stopping aborts when the process stops; calls that end with it fail for that reason
 * @param onBrokenOff called in place of a log line for each of those: at a stop there may be thousands
 */
export function createProblemReporter(logger: Logger, stopping: AbortSignal, onBrokenOff: () => void): ProblemReporter {
  const report = (response: ProblemResponse, thrown: unknown, parts: LoggedParts): void => {
    if (response.problem.reason === STOPPING) onBrokenOff();
    else log(logger, response, thrown, parts);
  };
  const causeOf = (thrown: unknown): unknown =>
    stopping.aborted && isCanceled(thrown) ? gatewayStops(thrown) : thrown;
  const describe = (thrown: unknown, context: Context<GatewayEnv>): ProblemResponse => {
    const hasCallerLeft = context.req.raw.signal.aborted;
    const parts = partsOf(context);
    const response = toProblem(hasCallerLeft ? callerLeft(thrown) : causeOf(thrown), parts.trace.traceId);
    report(response, hasCallerLeft ? undefined : causeOf(thrown), parts);
    return response;
  };
  return {
    describe,
    forStream(context) {
      const parts = partsOf(context);
      return (thrown) => {
        const response = toProblem(causeOf(thrown), parts.trace.traceId);
        report(response, causeOf(thrown), parts);
        return response;
      };
    },
    respond(thrown, context) {
      const { problem, headers } = describe(thrown, context);
      return new Response(JSON.stringify(problem), { status: problem.status, headers });
    },
  };
}

/** The parts of a request that are logged. */
interface LoggedParts {
  readonly trace: Trace;
  readonly method: string;
  readonly path: string;
}

function partsOf(context: Context<GatewayEnv>): LoggedParts {
  return { trace: context.get("trace"), method: context.req.method, path: context.req.path };
}

/** `error` for a defect; `warn` for a status of 500 and above, and for a message that the caller does not get; else nothing. */
function log(logger: Logger, response: ProblemResponse, thrown: unknown, { trace, method, path }: LoggedParts): void {
  const { status, code, detail } = response.problem;
  const line = { trace_id: trace.traceId, request_id: trace.requestId, method, path: loggedPath(path) };
  if (response.isDefect) return logger.error({ ...line, err: thrown }, "a request failed unexpectedly");
  const message = thrown instanceof ConnectError ? thrown.rawMessage : detail;
  if (status >= 500 || message !== detail) logger.warn({ ...line, status, code, detail: message }, "a request failed");
}

function isCanceled(thrown: unknown): boolean {
  return thrown instanceof ConnectError && thrown.code === Code.Canceled;
}

function gatewayStops(cause: unknown): RequestError {
  return new RequestError(STOPPING, "the gateway is stopping; ask again, with the last event id if you have one", {
    cause,
  });
}

/** A failure after the caller closed its connection is a result of that. The caller does not read the response. */
function callerLeft(cause: unknown): RequestError {
  return new RequestError("CALLER_LEFT", "the caller closed the connection", { cause });
}
