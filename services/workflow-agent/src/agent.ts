import { randomBytes } from "node:crypto";
import type { WorkflowAgentService } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { identityOf } from "@agent-team/grpc-server";
import { UnreadableDocuments } from "@agent-team/journal";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ReadCatalogue } from "./catalogue.ts";
import { DEFAULT_LIMITS, type OwnerLimits } from "./conversation/owner-limits.ts";
import { ConversationStore } from "./conversation/store.ts";
import { isStoreFull } from "./conversation/store-error.ts";
import type { Planner } from "./planner.ts";
import { copyConversation } from "./rpc/copy-conversation.ts";
import { deleteConversation } from "./rpc/delete-conversation.ts";
import { getConversation } from "./rpc/get-conversation.ts";
import { listConversations } from "./rpc/list-conversations.ts";
import { openOwn, type ProcessOptions, processConversation } from "./rpc/process-conversation.ts";
import { CANCELLED } from "./turn/turn-end.ts";
import type { TurnJournal } from "./turn/turn-log.ts";
import { Turns } from "./turn/turns.ts";
import type { Validate } from "./validate.ts";
import type { OpenWorkflows } from "./workflows.ts";

export interface CreateAgentOptions {
  readonly planner: Planner;
  readonly journal: TurnJournal;
  /** Limits of each owner. Default: `DEFAULT_LIMITS`. */
  readonly limits?: OwnerLimits | undefined;
  readonly validate: Validate;
  /** The engine's kinds of node, for planners that ask a model. */
  readonly catalogue: ReadCatalogue;
  /** The engine's workflows, for orders in the chat. */
  readonly openWorkflows: OpenWorkflows;
  readonly clock: Clock;
  /** Pause before each piece of text, for demos. Default 0: no pause and no timer. */
  readonly paceMs?: number | undefined;
  /** Longest turn. Default 120,000. */
  readonly turnTimeoutMs?: number | undefined;
  /** Time without an event after which a heartbeat is sent. Default 2,000: clients wait three times as long. */
  readonly heartbeatMs?: number | undefined;
  /** Called with the error of a turn that failed because of a defect of the agent. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
  /** Called for each new turn, and each copy of a conversation, that the store has no room for. */
  readonly onStoreFull?: ((what: "turns" | "conversations") => void) | undefined;
  /** Called once with the key of each stored conversation or turn that cannot be read: lists omit the one, and the other does not go on. */
  readonly onUnreadable?: ((key: string, what: "conversation" | "turn") => void) | undefined;
}

/** The agent without its server. */
export interface Agent {
  readonly service: ServiceImpl<typeof WorkflowAgentService>;
  /**
   * Takes over the turns of agents that died. Call it every second: a turn without callers is found by this alone. Rejects when
   * the store does not answer.
   */
  tick(): Promise<void>;
  /** Leaves the running turns to other agents, and resolves when this one works on none. */
  handOff(): Promise<void>;
}

/** The conversation service. Conversations and turns are in the journal, so that any agent serves any of them. */
export function createAgent(given: CreateAgentOptions): Agent {
  const { clock, journal, limits = DEFAULT_LIMITS, paceMs = 0, turnTimeoutMs = 120_000, heartbeatMs = 2_000 } = given;
  const onUnreadable = given.onUnreadable ?? (() => {});
  const unreadable = new UnreadableDocuments((key) => onUnreadable(key, "turn"));
  const unreadableConversations = new UnreadableDocuments((key) => onUnreadable(key, "conversation"));
  const conversations = new ConversationStore(journal, clock, limits, unreadableConversations);
  const instance = randomBytes(6).toString("hex");
  const onDefect = given.onDefect ?? (() => {});
  const turns = new Turns({ ...given, conversations, instance, paceMs, onDefect, unreadable });
  const onStoreFull = given.onStoreFull ?? (() => {});
  const options: ProcessOptions = {
    conversations,
    turns,
    clock,
    turnTimeoutMs,
    heartbeatMs,
    onStoreFull: () => onStoreFull("turns"),
  };
  const service: ServiceImpl<typeof WorkflowAgentService> = {
    processConversation: (request, context) => processConversation(options, request, context),
    getConversation: (request, context) =>
      getConversation({ conversations, turns, clock }, request, identityOf(context)),
    listConversations: (request, context) =>
      listConversations({ conversations, turns, clock }, request, identityOf(context)),
    async cancelTurn({ turnId }, context) {
      const turn = await openOwn(turns, turnId, identityOf(context));
      try {
        return { wasRunning: await turns.cancel(turn, CANCELLED) };
      } finally {
        turns.close(turn);
      }
    },
    async copyConversation(request, context) {
      try {
        return await copyConversation({ conversations, turns, clock }, request, identityOf(context));
      } catch (error) {
        if (isStoreFull(error)) onStoreFull("conversations");
        throw error;
      }
    },
    async deleteConversation({ conversationId }, context) {
      await deleteConversation({ conversations, turns, journal }, conversationId, identityOf(context));
      return {};
    },
  };
  return { service, tick: () => turns.takeDue(), handOff: () => turns.handOff() };
}
