import { ListRunsResponseSchema, RunSchema, type StartRunRequest, StartRunRequestSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { Hono } from "hono";
import { z } from "zod";
import type { EngineClient } from "../clients/engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { requireEventStream } from "../request/accept.ts";
import { type JsonObject, readJsonObject, readOptionalJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, pathNode, readCursor, readRunFilter, requestId, text } from "../request/parameters.ts";
import { parseMessage } from "../request/proto-json.ts";
import { invalidFields } from "../request-error.ts";
import { jsonResponse } from "../response/json-response.ts";
import { required } from "../response/required.ts";
import { streamRun } from "../response/run-stream.ts";
import { callOptions } from "./call-options.ts";

const signalBody = z.strictObject({
  approved: z.boolean("expected true or false"),
  comment: text(1024).default(""),
  request_id: requestId.optional(),
});

const cancelBody = z.strictObject({ reason: text(1024).default("") });

export interface RunParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  /** Aborts when the process stops and open streams must end. */
  readonly stopping: AbortSignal;
}

export function runRoutes({ engine, clock, stopping }: RunParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  // 201 and not 202: the run is stored and can be read before it ends.
  routes.post("/workflows/:id/runs", async (context) => {
    const workflowId = pathId(context);
    const request = readStart(await readOptionalJsonObject(context.req.raw));
    const { run } = await engine.startRun({ ...request, workflowId }, callOptions(context));
    const started = required(run, "run");
    return jsonResponse(RunSchema, started, { status: 201, headers: { location: `/v1/runs/${started.id}` } });
  });

  routes.get("/runs", async (context) => {
    const list = await engine.listRuns(readRunFilter(context), callOptions(context));
    return jsonResponse(ListRunsResponseSchema, list);
  });

  routes.get("/runs/:id", async (context) => {
    const { run } = await engine.getRun({ runId: pathId(context) }, callOptions(context));
    return jsonResponse(RunSchema, required(run, "run"));
  });

  // 204 when the reader has seen the last event: an EventSource then stops asking.
  routes.get("/runs/:id/events", async (context) => {
    const runId = pathId(context);
    requireEventStream(context.req.header("accept"));
    const { sequence, fence } = readCursor(context);
    const options = callOptions(context);
    const signal = AbortSignal.any([options.signal, stopping]);
    const request = { runId, resumeAfterSequence: sequence, resumeFence: fence };
    return (await streamRun(engine.watchRun(request, { ...options, signal }), clock)) ?? context.body(null, 204);
  });

  routes.post("/runs/:id/cancel", async (context) => {
    const runId = pathId(context);
    const { reason } = check(cancelBody, await readOptionalJsonObject(context.req.raw));
    const { run } = await engine.cancelRun({ runId, reason }, callOptions(context));
    return jsonResponse(RunSchema, required(run, "run"));
  });

  routes.post("/runs/:id/signals/:node", async (context) => {
    const { runId, nodeId } = pathNode(context);
    const { approved, comment, request_id } = check(signalBody, await readJsonObject(context.req.raw));
    const signal = { case: "approval", value: { approved, comment } } as const;
    await engine.signalRun({ runId, nodeId, requestId: request_id ?? "", signal }, callOptions(context));
    return context.body(null, 204);
  });

  routes.delete("/runs/:id", async (context) => {
    await engine.deleteRun({ runId: pathId(context) }, callOptions(context));
    return context.body(null, 204);
  });

  return routes;
}

/** `{ "input"?: any, "request_id"?: string }`. */
function readStart(body: JsonObject): StartRunRequest {
  const stray = ["workflow_id", "workflowId"].find((name) => name in body);
  if (stray === undefined) return parseMessage(StartRunRequestSchema, body);
  throw invalidFields([{ field: stray, description: "unknown field: the path names the workflow" }]);
}
