import type { Context } from "hono";
import type { EngineClient } from "../clients/engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import type { OpenStreams } from "../open-streams.ts";
import { requireEventStream } from "../request/accept.ts";
import { pathId, readCursor } from "../request/parameters.ts";
import type { ProblemReporter } from "../response/problem-reporter.ts";
import { streamRun } from "../response/run-stream.ts";
import { mayComeLater, streamLater } from "../response/stream-later.ts";
import { callOptions } from "./call-options.ts";
import { cursorField, cursorText, streamConnection } from "./stream-connection.ts";
import { readInPlace, runName } from "./stream-place.ts";

export interface RunParts {
  readonly engine: EngineClient;
  readonly problems: ProblemReporter;
  readonly streams: OpenStreams;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
}

/** The events of a run after `Last-Event-ID` or `?after=`. 204 when the reader has seen the last one: an EventSource then stops asking. */
export async function getRunEvents(context: Context<GatewayEnv>, parts: RunParts): Promise<Response> {
  const runId = pathId(context);
  requireEventStream(context.req.header("accept"));
  const cursor = readCursor(cursorText(context), cursorField(context));
  return await readInPlace(context, parts.streams, runName(runId), () => readEvents(context, parts, runId, cursor));
}

async function readEvents(
  context: Context<GatewayEnv>,
  { engine, problems, stopping }: RunParts,
  runId: string,
  { sequence, fence }: ReturnType<typeof readCursor>,
): Promise<Response> {
  const options = callOptions(context);
  const signal = AbortSignal.any([options.signal, stopping]);
  const request = { runId, resumeAfterSequence: sequence, resumeFence: fence };
  const stream = {
    connection: streamConnection(context),
    report: problems.forStream(context),
  };
  try {
    return (await streamRun(engine.watchRun(request, { ...options, signal }), stream)) ?? context.body(null, 204);
  } catch (error) {
    if (!mayComeLater(error, stopping)) throw error;
    problems.describe(error, context);
    return streamLater(streamConnection(context));
  }
}
