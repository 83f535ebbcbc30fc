import { randomUUID } from "node:crypto";
import type { ProcessConversationRequest } from "@agent-team/contracts";
import { type TurnHeader, TurnHeaderSchema } from "@agent-team/contracts/turn-log";
import type { Clock } from "@agent-team/foundation/clock";
import type { Identity } from "@agent-team/grpc-server";
import { isJournalError } from "@agent-team/journal";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import {
  type ActiveTurn,
  beginTurn,
  type Conversation,
  endTurn,
  repetitionOf,
  resumeTurn,
  withdrawTurn,
} from "../conversation/conversation.ts";
import type { ConversationStore } from "../conversation/store.ts";
import { isStoreFull, storeError } from "../conversation/store-error.ts";
import { toError } from "../errors.ts";
import { type ConversationName, conversationName, turnId } from "../ids.ts";
import type { LiveTurn } from "../turn/live-turn.ts";
import { MAX_TURN_MIB, turnPlacement } from "../turn/turn-retention.ts";
import type { Turns } from "../turn/turns.ts";
import { readConversation } from "./active-turn.ts";

export interface BeginOptions {
  readonly conversations: ConversationStore;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Longest turn, in ms. */
  readonly turnTimeoutMs: number;
  /** Called for each new turn that the store has no room for. */
  readonly onStoreFull: () => void;
}

type StoreOptions = Pick<BeginOptions, "conversations" | "turns" | "clock">;

type Request = Pick<ProcessConversationRequest, "conversationId" | "message" | "requestId">;

/** Another turn of the conversation stands in its way. */
class OtherTurn extends Error {
  readonly turn: ActiveTurn;

  constructor(turn: ActiveTurn) {
    super(`turn ${turn.id}`);
    this.turn = turn;
  }
}

/**
 * The turn of a request: the stored one of the same request id, or a new one, which begins to run. However many callers ask at
 * once, on however many agents, one turn is stored. Its message is stored before it.
 *
 * @throws ConnectError INVALID_ARGUMENT `REQUEST_ID_REUSED` for other content, FAILED_PRECONDITION `TURN_ACTIVE` while another turn
 *   of the conversation runs, ALREADY_EXISTS `TURN_ENDED` for one that is no longer stored, ABORTED `TURN_PASSED`,
 *   DATA_LOSS `TURN_UNREADABLE`
 */
export async function openOrBegin(options: BeginOptions, request: Request, caller: Identity): Promise<LiveTurn> {
  const name = conversationName(caller.subject, request.conversationId);
  const id = turnId(name.tag, request.requestId === "" ? randomUUID() : request.requestId);
  for (;;) {
    const stored = request.requestId === "" ? undefined : await options.turns.open(id);
    if (stored?.log.header.message === request.message) return stored;
    if (stored !== undefined) {
      options.turns.close(stored);
      throw reused();
    }
    const created = await begin(options, id, name, request, caller);
    if (created !== undefined) return created;
  }
}

async function begin(
  options: BeginOptions,
  id: string,
  name: ConversationName,
  { conversationId, message }: Request,
  { subject, scopes }: Identity,
): Promise<LiveTurn | undefined> {
  const nowMs = options.clock.wallNow();
  const deadlineMs = nowMs + options.turnTimeoutMs;
  const deadline = timestampFromMs(Math.round(deadlineMs));
  const header = create(TurnHeaderSchema, { subject, scopes: [...scopes], conversationId, message, deadline });
  try {
    const before = await admit(options, name, { id, deadlineMs }, message);
    return await store(options, id, name, header, before);
  } catch (error) {
    if (isStoreFull(error)) options.onStoreFull();
    throw error;
  }
}

/** Stores the turn. If it is refused, its message is taken back: `before` is the conversation before it. */
async function store(
  { conversations, turns, clock }: BeginOptions,
  id: string,
  name: ConversationName,
  header: TurnHeader,
  before: Conversation,
): Promise<LiveTurn | undefined> {
  try {
    return await turns.create(id, header, turnPlacement(name, clock.wallNow()));
  } catch (error) {
    // Without an answer of the store it may have the turn.
    const isRefused = isJournalError(error) && error.code !== "unavailable";
    const undone = isRefused
      ? conversations.takeBack(name, (now) => withdrawTurn(now, id, before))
      : conversations.update(name, (now) => endTurn(now, id));
    await undone.catch(() => {});
    throw isJournalError(error, "over-quota") ? tooMany(error) : storeError(error);
  }
}

/** Stores the message and marks the turn as the active one, unless another one runs. Resolves to the conversation before that. */
async function admit(
  { conversations, turns, clock }: StoreOptions,
  name: ConversationName,
  turn: ActiveTurn,
  message: string,
): Promise<Conversation> {
  let over: ActiveTurn | undefined;
  for (;;) {
    try {
      return await conversations.begin(name, (before) => {
        const { activeTurn } = before;
        if (activeTurn !== undefined && activeTurn.id !== turn.id && activeTurn.id !== over?.id)
          throw new OtherTurn(activeTurn);
        return beginOrResume(before, turn, message, clock.wallNow());
      });
    } catch (error) {
      if (!(error instanceof OtherTurn)) throw error;
      if (await isRunning(error.turn, { conversations, turns, clock }, name)) throw active(error.turn);
      over = error.turn;
    }
  }
}

/** Whether the conversation still has this turn, and it has not ended. */
async function isRunning({ id }: ActiveTurn, options: StoreOptions, name: ConversationName): Promise<boolean> {
  return (await readConversation(options, name))?.active?.id === id;
}

/** The conversation with the turn. A repeated `request_id` never stores its message again. */
function beginOrResume(conversation: Conversation, turn: ActiveTurn, message: string, atMs: number): Conversation {
  const repetition = repetitionOf(conversation, turn.id, message);
  switch (repetition) {
    case "new":
      return beginTurn(conversation, turn, message, atMs);
    case "broken":
      // Another caller of the same request stores the turn at this moment.
      return isMarked(conversation, turn, atMs) ? conversation : resumeTurn(conversation, turn);
    case "ended":
      throw refused(Code.AlreadyExists, "TURN_ENDED", "has ended: the conversation holds its answer", turn);
    case "passed": {
      const why = "broke, and the conversation has later messages: use a new request_id";
      throw refused(Code.Aborted, "TURN_PASSED", why, turn);
    }
    case "other-content":
      throw reused();
    default:
      return repetition satisfies never;
  }
}

function isMarked({ activeTurn }: Conversation, { id }: ActiveTurn, atMs: number): boolean {
  return activeTurn?.id === id && activeTurn.deadlineMs > atMs;
}

function refused(code: Code, reason: string, why: string, { id }: ActiveTurn): ConnectError {
  const message = `the turn of this request_id ${why}`;
  return toError({ code, reason, message, metadata: { turn_id: id } });
}

function active({ id }: ActiveTurn): ConnectError {
  const message = `turn ${id} of this conversation is still running`;
  return toError({ code: Code.FailedPrecondition, reason: "TURN_ACTIVE", message, metadata: { turn_id: id } });
}

function reused(): ConnectError {
  const description = "expected another one: this one belongs to another message";
  return toError({
    code: Code.InvalidArgument,
    reason: "REQUEST_ID_REUSED",
    message: `request_id: ${description}`,
    violations: [{ field: "request_id", description }],
  });
}

function tooMany(cause: unknown): ConnectError {
  const message = `the turns of the last hour have ${MAX_TURN_MIB} MiB, which is the limit of one owner: wait, or delete conversations`;
  return toError({ code: Code.ResourceExhausted, reason: "QUOTA_TURNS", message, cause });
}
