import type { Logger } from "@agent-team/grpc-server";
import { ConnectError } from "@connectrpc/connect";
import type { Context } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { type ProblemAnswer, problemMediaType, toProblem } from "../problem.ts";
import { RequestError } from "../request-error.ts";

/** Turns failures into answers, and writes into the log what the caller is not told. */
export interface ProblemReporter {
  /** The failure as data, for a stream that has begun. */
  describe(thrown: unknown, context: Context<GatewayEnv>): ProblemAnswer;
  /** The failure as a whole answer. */
  answer(thrown: unknown, context: Context<GatewayEnv>): Response;
}

export function createProblemReporter(logger: Logger): ProblemReporter {
  const describe = (thrown: unknown, context: Context<GatewayEnv>): ProblemAnswer => {
    const { traceId, requestId } = context.get("trace");
    const answer = toProblem(context.req.raw.signal.aborted ? callerLeft(thrown) : thrown, traceId);
    const { status, code, detail } = answer.problem;
    const line = { trace_id: traceId, request_id: requestId, method: context.req.method, path: context.req.path };
    if (answer.isDefect) logger.error({ ...line, err: thrown }, "a request failed unexpectedly");
    else {
      // What the caller must not see, such as an address, is in the message as it came. Where that was kept back, the log has it.
      const message = messageOf(thrown) ?? detail;
      const isKeptBack = message !== detail && !context.req.raw.signal.aborted;
      if (status >= 500 || isKeptBack) logger.warn({ ...line, status, code, detail: message }, "a request failed");
    }
    return answer;
  };
  return {
    describe,
    answer(thrown, context) {
      const { problem, headers } = describe(thrown, context);
      return new Response(JSON.stringify(problem), {
        status: problem.status,
        headers: { "content-type": problemMediaType, ...headers },
      });
    },
  };
}

/** A failure after the caller closed its connection: the closing is its cause, and no answer is read. */
function callerLeft(cause: unknown): RequestError {
  return new RequestError("CALLER_LEFT", "the caller closed the connection", { cause });
}

/** A service's or a channel's own words. */
function messageOf(thrown: unknown): string | undefined {
  return thrown instanceof ConnectError ? thrown.rawMessage : undefined;
}
