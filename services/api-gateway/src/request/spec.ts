import { CreateWorkflowRequestSchema, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { z } from "zod";
import { invalidFields } from "../request-error.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./check.ts";
import { id, requestId } from "./parameters.ts";
import { parseMessage } from "./proto-json.ts";

/** The two ways in which a body gives a workflow. */
export type SpecSource =
  | { readonly kind: "spec"; readonly spec: WorkflowSpec; readonly requestId: string }
  | { readonly kind: "draft"; readonly conversationId: string; readonly requestId: string };

const draftBody = z.strictObject({ conversation_id: id, request_id: requestId.optional() });

/**
 * Reads `{ "conversation_id": … }` as that conversation's draft, anything else as a spec.
 * @throws RequestError 400
 */
export function readSpecSource(body: JsonObject): SpecSource {
  if (!("conversation_id" in body)) return { kind: "spec", ...readSpec(body) };
  const { conversation_id, request_id } = check(draftBody, body);
  return { kind: "draft", conversationId: conversation_id, requestId: request_id ?? "" };
}

/**
 * Reads `{ "spec": { … } }`, or the bare spec.
 * @throws RequestError 400
 */
export function readSpec(body: JsonObject): { readonly spec: WorkflowSpec; readonly requestId: string } {
  if (!("spec" in body)) return { spec: parseMessage(WorkflowSpecSchema, body), requestId: "" };
  const { spec, requestId } = parseMessage(CreateWorkflowRequestSchema, body);
  if (spec === undefined) throw invalidFields([{ field: "spec", description: "expected an object, got null" }]);
  return { spec, requestId };
}
