import {
  ListRunsResponseSchema,
  RerunRunRequestSchema,
  type Run,
  RunSchema,
  StartRunRequestSchema,
} from "@agent-team/contracts";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Hono } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { cancelBody, signalBody } from "../request/bodies.ts";
import { type JsonObject, readJsonObject, readOptionalJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, pathNode, readRunFilter } from "../request/parameters.ts";
import { parseMessage } from "../request/proto-json.ts";
import { invalidFields } from "../request-error.ts";
import { jsonResponse } from "../response/json-response.ts";
import { required } from "../response/required.ts";
import { callOptions } from "./call-options.ts";
import { getRunEvents, type RunParts } from "./run-events.ts";

export function runRoutes(parts: RunParts): Hono<GatewayEnv> {
  const { engine } = parts;
  const routes = new Hono<GatewayEnv>();

  routes.post("/workflows/:id/runs", async (context) => {
    const workflowId = pathId(context);
    const body = await readOptionalJsonObject(context.req.raw);
    const request = readOthers(["workflow_id", "workflowId"], StartRunRequestSchema, body);
    const { run } = await engine.startRun({ ...request, workflowId }, callOptions(context));
    return startedResponse(required(run, "run"));
  });

  routes.post("/runs/:id/rerun", async (context) => {
    const runId = pathId(context);
    const body = await readOptionalJsonObject(context.req.raw);
    const request = readOthers(["run_id", "runId"], RerunRunRequestSchema, body);
    const { run } = await engine.rerunRun({ ...request, runId }, callOptions(context));
    return startedResponse(required(run, "run"));
  });

  routes.get("/runs", async (context) => {
    const list = await engine.listRuns(readRunFilter(context), callOptions(context));
    return jsonResponse(ListRunsResponseSchema, list);
  });

  routes.get("/runs/:id", async (context) => {
    const { run } = await engine.getRun({ runId: pathId(context) }, callOptions(context));
    return jsonResponse(RunSchema, required(run, "run"));
  });

  routes.get("/runs/:id/events", (context) => getRunEvents(context, parts));

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

/** A request of which the path has one field, whose names are given: the body has the others. */
function readOthers<Request extends DescMessage>(
  inPath: readonly string[],
  schema: Request,
  body: JsonObject,
): MessageShape<Request> {
  const stray = inPath.find((name) => name in body);
  if (stray === undefined) return parseMessage(schema, body);
  throw invalidFields([{ field: stray, description: "unknown field: the path has it" }]);
}

/** 201 and not 202: the run is stored and can be read before it ends. */
function startedResponse(run: Run): Response {
  return jsonResponse(RunSchema, run, { status: 201, headers: { location: `/v1/runs/${run.id}` } });
}
