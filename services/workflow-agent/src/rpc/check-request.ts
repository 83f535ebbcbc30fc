import type { ProcessConversationRequest } from "@agent-team/contracts";
import { type FieldViolation, invalid, notYet } from "../errors.ts";

const CONVERSATION_ID = /^[A-Za-z0-9._-]{1,128}$/;
const MESSAGE_BYTES = 8_192;
const REQUEST_ID_BYTES = 128;

/** @throws UNIMPLEMENTED for a feature of a later version, INVALID_ARGUMENT with every wrong field. */
export function checkProcessRequest(request: ProcessConversationRequest): void {
  if (request.turnId !== "" || request.resumeAfterSequence > 0) throw notYet("resume a turn");
  if (request.baseWorkflowId !== "") throw notYet("edit a stored workflow");
  const violations = [
    ...checkConversationId(request.conversationId),
    ...checkBytes("message", request.message, 1, MESSAGE_BYTES),
    ...checkBytes("request_id", request.requestId, 0, REQUEST_ID_BYTES),
  ];
  if (violations.length > 0) throw invalid(violations);
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
