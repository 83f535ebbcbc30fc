import {
  ListWorkflowsResponseSchema,
  ValidateWorkflowResponseSchema,
  type Workflow,
  WorkflowSchema,
  type WorkflowSpec,
} from "@agent-team/contracts";
import type { CallOptions } from "@connectrpc/connect";
import { Hono } from "hono";
import type { EngineClient } from "../clients/engine-client.ts";
import type { WorkflowClient } from "../clients/workflow-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { activeBody } from "../request/bodies.ts";
import { readJsonObject } from "../request/body.ts";
import { check } from "../request/check.ts";
import { pathId, readIfMatch, readPage } from "../request/parameters.ts";
import { readSpec, readSpecSource, type SpecSource } from "../request/spec.ts";
import { RequestError } from "../request-error.ts";
import { jsonResponse } from "../response/json-response.ts";
import { required } from "../response/required.ts";
import { callOptions } from "./call-options.ts";

export interface WorkflowParts {
  readonly engine: EngineClient;
  readonly workflow: WorkflowClient;
}

export function workflowRoutes({ engine, workflow: agent }: WorkflowParts): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();

  routes.post("/workflows", async (context) => {
    const source = readSpecSource(await readJsonObject(context.req.raw));
    const options = callOptions(context);
    const spec = await resolveSpec(agent, source, options);
    const { workflow } = await engine.createWorkflow({ spec, requestId: source.requestId }, options);
    const created = required(workflow, "workflow");
    return workflowResponse(created, 201, { location: `/v1/workflows/${created.id}` });
  });

  routes.get("/workflows", async (context) => {
    const list = await engine.listWorkflows(readPage(context), callOptions(context));
    return jsonResponse(ListWorkflowsResponseSchema, list);
  });

  routes.post("/workflows/validate", async (context) => {
    const { spec } = readSpec(await readJsonObject(context.req.raw));
    const result = await engine.validateWorkflow({ spec }, callOptions(context));
    return jsonResponse(ValidateWorkflowResponseSchema, result);
  });

  routes.get("/workflows/:id", async (context) => {
    const { workflow } = await engine.getWorkflow({ workflowId: pathId(context) }, callOptions(context));
    return workflowResponse(required(workflow, "workflow"), 200);
  });

  routes.put("/workflows/:id", async (context) => {
    const workflowId = pathId(context);
    const expectedVersion = readIfMatch(context);
    const { spec } = readSpec(await readJsonObject(context.req.raw));
    const { workflow } = await engine.updateWorkflow({ workflowId, spec, expectedVersion }, callOptions(context));
    return workflowResponse(required(workflow, "workflow"), 200);
  });

  // Not a new version of the workflow, so it needs no If-Match.
  routes.put("/workflows/:id/active", async (context) => {
    const workflowId = pathId(context);
    const { active } = check(activeBody, await readJsonObject(context.req.raw));
    const { workflow } = await engine.setWorkflowActive({ workflowId, active }, callOptions(context));
    return workflowResponse(required(workflow, "workflow"), 200);
  });

  routes.delete("/workflows/:id", async (context) => {
    const request = { workflowId: pathId(context), expectedVersion: readIfMatch(context) };
    await engine.deleteWorkflow(request, callOptions(context));
    return context.body(null, 204);
  });

  return routes;
}

async function resolveSpec(agent: WorkflowClient, source: SpecSource, options: CallOptions): Promise<WorkflowSpec> {
  if (source.kind === "spec") return source.spec;
  const { draft } = await agent.getConversation({ conversationId: source.conversationId, pageSize: 1 }, options);
  if (draft !== undefined) return draft;
  throw new RequestError("NO_DRAFT", `conversation ${source.conversationId} has no draft yet`);
}

/** The version begins the ETag: each change of the spec raises it, and nothing else does. */
function workflowResponse(
  workflow: Workflow,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonResponse(WorkflowSchema, workflow, { status, headers: { etag: `"${workflow.version}"`, ...headers } });
}
