import { Code } from "@connectrpc/connect";
import { toError } from "../errors.ts";
import type { Turn } from "./turn.ts";

/**
 * The turns that run on this instance, one per conversation: a second one would not know the answer of the first. Turns of
 * other instances are unknown here; to refuse those, too, needs leases.
 */
export class ActiveTurns {
  readonly #byId = new Map<string, Turn>();
  readonly #byConversation = new Map<string, Turn>();

  /** @throws FAILED_PRECONDITION `TURN_ACTIVE`, with the id of the turn that runs. */
  add(turn: Turn): void {
    const active = this.#byConversation.get(turn.name.tag);
    if (active !== undefined) {
      throw toError({
        code: Code.FailedPrecondition,
        reason: "TURN_ACTIVE",
        message: `turn ${active.id} of this conversation is still running`,
        metadata: { turn_id: active.id },
      });
    }
    this.#byId.set(turn.id, turn);
    this.#byConversation.set(turn.name.tag, turn);
  }

  remove(turn: Turn): void {
    if (this.#byId.get(turn.id) === turn) this.#byId.delete(turn.id);
    if (this.#byConversation.get(turn.name.tag) === turn) this.#byConversation.delete(turn.name.tag);
  }

  /** The turn, if it belongs to that subject. */
  get(turnId: string, subject: string): Turn | undefined {
    const turn = this.#byId.get(turnId);
    return turn?.caller.subject === subject ? turn : undefined;
  }

  /** The turn of the conversation with this tag. */
  ofConversation(tag: string): Turn | undefined {
    return this.#byConversation.get(tag);
  }
}
