import { randomBytes } from "node:crypto";
import type { WorkflowAgentService } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { identityOf } from "@agent-team/grpc-server";
import type { ServiceImpl } from "@connectrpc/connect";
import { DEFAULT_LIMITS, type OwnerLimits } from "./conversation/owner-limits.ts";
import { type ConversationJournal, ConversationStore } from "./conversation/store.ts";
import { invalid, notFound } from "./errors.ts";
import { conversationName } from "./ids.ts";
import type { Planner } from "./planner.ts";
import { checkConversationId } from "./rpc/check-request.ts";
import { getConversation } from "./rpc/get-conversation.ts";
import { type AgentOptions, processConversation } from "./rpc/process-conversation.ts";
import { ActiveTurns } from "./turn/active-turns.ts";
import { CANCELLED } from "./turn/turn.ts";
import type { Validate } from "./validate.ts";

export interface CreateAgentOptions {
  readonly planner: Planner;
  readonly journal: ConversationJournal;
  /** Limits of each owner. Default: `DEFAULT_LIMITS`. */
  readonly limits?: OwnerLimits | undefined;
  readonly validate: Validate;
  readonly clock: Clock;
  /** Pause before each piece of text, for demos. Default 0: no pause and no timer. */
  readonly paceMs?: number | undefined;
  /** Longest turn. Default 120,000. */
  readonly turnTimeoutMs?: number | undefined;
  /** Time without an event after which a heartbeat is sent. Default 2,000: clients wait three times as long. */
  readonly heartbeatMs?: number | undefined;
  /** Called with the error of a turn that failed because of a defect of the agent. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
}

/** The conversation service. Its state is in the journal, except for the turns that run on this instance. */
export function createAgent(given: CreateAgentOptions): ServiceImpl<typeof WorkflowAgentService> {
  const { clock, limits = DEFAULT_LIMITS, paceMs = 0, turnTimeoutMs = 120_000, heartbeatMs = 2_000 } = given;
  const store = new ConversationStore(given.journal, clock, limits);
  const turns = new ActiveTurns();
  // Another instance never takes over a turn yet, so the count is always 1. The random part differs in each process.
  const fence = `1-${randomBytes(6).toString("hex")}`;
  const options: AgentOptions = { ...given, store, turns, fence, paceMs, turnTimeoutMs, heartbeatMs };
  return {
    processConversation: (request, context) => processConversation(options, request, context),
    getConversation: (request, context) => getConversation(options, request, identityOf(context)),
    cancelTurn({ turnId }, context) {
      const turn = turns.get(turnId, identityOf(context).subject);
      // Until turns have a log, only the instance that runs a turn knows it.
      if (turn === undefined) throw notFound(`turn ${turnId.slice(0, 64)}`);
      turn.stop(CANCELLED);
      return { wasRunning: true };
    },
    async deleteConversation({ conversationId }, context) {
      const violations = checkConversationId(conversationId);
      if (violations.length > 0) throw invalid(violations);
      const name = conversationName(identityOf(context).subject, conversationId);
      if (!(await store.delete(name))) throw notFound(`conversation ${conversationId}`);
      turns.ofConversation(name.tag)?.stop(CANCELLED);
      return {};
    },
  };
}
