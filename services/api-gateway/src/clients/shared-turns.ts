/** Turns, each read by one call of the gateway for all its readers. */

import { createHash } from "node:crypto";
import type { ProcessConversationRequestSchema, ProcessConversationResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type SharedMethod, SharedStreams } from "./shared-streams.ts";
import { TURN_TRAIT } from "./turn-resume.ts";
import { TURN_LIMIT_MS, type WorkflowClient } from "./workflow-client.ts";

type Request = MessageInitShape<typeof ProcessConversationRequestSchema>;

/**
 * The same client, whose readers of one turn share a call: those that name it by its id, and those that repeat the message that began it.
 * The contexts of the calls have to name their callers, and their headers no other ones.
 */
export function shareTurns(workflow: WorkflowClient, clock: Clock): WorkflowClient {
  const method: SharedMethod<Request, ProcessConversationResponse> = {
    nameOf: nameOfRequest,
    nameOfMessage: ({ turnId }) => (turnId === "" ? undefined : nameOfTurn(turnId)),
    positionOf: ({ resumeAfterSequence = 0, resumeFence = "" }) => ({
      sequence: resumeAfterSequence,
      fence: resumeFence,
    }),
    trait: TURN_TRAIT as SharedMethod<Request, ProcessConversationResponse>["trait"],
    open: (request, options) => workflow.processConversation(request, options),
    limitMs: TURN_LIMIT_MS,
  };
  const turns = new SharedStreams(method, clock);
  return { ...workflow, processConversation: (request, options) => turns.read(request, options) };
}

/** A turn that stops with its caller has that one alone. A message without a key is another turn each time. */
function nameOfRequest(request: Request): string | undefined {
  const { turnId, conversationId, message, requestId, baseWorkflowId, onDisconnect } = request;
  if (onDisconnect !== undefined) return undefined;
  if (turnId) return nameOfTurn(turnId);
  if (!requestId) return undefined;
  const content = JSON.stringify([conversationId, message, requestId, baseWorkflowId]);
  return `message ${createHash("sha256").update(content).digest("base64url")}`;
}

function nameOfTurn(turnId: string): string {
  return `turn ${turnId}`;
}
