import type { ProcessConversationRequest } from "@agent-team/contracts";
import { type FieldViolation, invalid, notYet } from "../errors.ts";

const CONVERSATION_ID = /^[A-Za-z0-9._-]{1,128}$/;
const MESSAGE_BYTES = 8_192;
const REQUEST_ID_BYTES = 128;
const FENCE_BYTES = 64;

/** @throws UNIMPLEMENTED for a feature of a later version, INVALID_ARGUMENT with every wrong field. */
export function checkProcessRequest(request: ProcessConversationRequest): void {
  if (request.baseWorkflowId !== "") throw notYet("edit a stored workflow");
  const violations = [
    ...(request.turnId === "" ? checkTurn(request) : checkAttach(request)),
    ...checkBytes("resume_fence", request.resumeFence, 0, FENCE_BYTES),
  ];
  if (violations.length > 0) throw invalid(violations);
}

function checkTurn({ conversationId, message, requestId }: ProcessConversationRequest): readonly FieldViolation[] {
  return [
    ...checkConversationId(conversationId),
    ...checkBytes("message", message, 1, MESSAGE_BYTES),
    ...checkBytes("request_id", requestId, 0, REQUEST_ID_BYTES),
  ];
}

/** The turn's own request is stored, so that a caller needs no other field than its id. */
function checkAttach({ conversationId, message, requestId }: ProcessConversationRequest): readonly FieldViolation[] {
  const fields = Object.entries({ conversation_id: conversationId, message, request_id: requestId });
  return fields
    .filter(([, value]) => value !== "")
    .map(([field]) => ({ field, description: "expected nothing beside turn_id" }));
}

/** The violations of a conversation id; empty if it is valid. */
export function checkConversationId(id: string): readonly FieldViolation[] {
  if (CONVERSATION_ID.test(id)) return [];
  const description = `expected 1 to 128 of A-Z a-z 0-9 . _ -, got ${id === "" ? "nothing" : `${id.length} characters`}`;
  return [{ field: "conversation_id", description }];
}

function checkBytes(field: string, text: string, least: number, most: number): readonly FieldViolation[] {
  const bytes = Buffer.byteLength(text);
  if (bytes >= least && bytes <= most) return [];
  return [{ field, description: `expected ${least} to ${most} bytes, got ${bytes}` }];
}
