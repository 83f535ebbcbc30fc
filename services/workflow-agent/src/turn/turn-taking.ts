import type { TurnStep } from "@agent-team/contracts/turn-log";
import type { Clock } from "@agent-team/foundation/clock";
import { isJournalError } from "@agent-team/journal";
import { storeError } from "../conversation/store-error.ts";
import { type Failure, toFailure } from "../errors.ts";
import { pause } from "./pause.ts";
import { progressOf } from "./progress.ts";
import { reliably } from "./reliably.ts";
import { beginning, type Piece } from "./run-turn.ts";
import { LOST, Superseded, TurnStopped } from "./turn-end.ts";
import { failed } from "./turn-event.ts";
import type { RecordInit, TurnLog } from "./turn-log.ts";
import { toSteps } from "./turn-writer.ts";

/** How long a takeover waits for room in the store: as long as an engine keeps its runs. */
const ROOM_PATIENCE_MS = 30_000;
const ROOM_RETRY_MS = 250;

export interface TakeOptions {
  readonly clock: Clock;
  /** Differs for each process. */
  readonly instance: string;
  readonly planner: { readonly name: string };
  /** This agent has stored the turn a moment ago. Its caller has seen nothing of it, and does not wait for room. */
  readonly isNew: boolean;
  readonly deadlineMs: number;
  /** Ends the wait for room. Its reason is a `TurnStopped` or a `Superseded`. */
  readonly signal: AbortSignal;
}

/**
 * Makes this agent the one that works on a turn: appends its `taken` record, behind which records of the agent before it are void.
 *
 * A full store refuses that record. An agent that takes a turn over then waits for room, because callers have a part of the answer. It
 * ends the turn when it has waited for too long or the turn is stopped: a full store takes the end.
 */
export class TurnTaking {
  readonly #log: TurnLog;
  readonly #options: TakeOptions;
  /** The fence of the last attempt. */
  #tried = "";
  #plannerBefore: string | undefined;
  /** Takings of the turn when the store had no room for this one. */
  #refusedAt: number | undefined;
  #isWaiting = false;

  constructor(log: TurnLog, options: TakeOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Whether the store has no room: no agent works on the turn. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** The planner of the agent before this one. */
  get plannerBefore(): string | undefined {
    return this.#plannerBefore;
  }

  /**
   * Resolves to the fence of this agent. The turn may have ended then.
   * @throws Superseded, TurnStopped when the turn was deleted, JournalError
   */
  async take(): Promise<string> {
    const { clock, signal, isNew } = this.#options;
    const untilMs = clock.now() + ROOM_PATIENCE_MS;
    for (;;) {
      try {
        return await this.#append((fence) => this.#beginning(fence));
      } catch (error) {
        if (isNew || !isJournalError(error, "full")) throw error;
        this.#refusedAt = this.#log.takings;
        this.#isWaiting = true;
        if (clock.now() >= untilMs) return this.#end(toFailure(storeError(error)));
      }
      await pause(clock, ROOM_RETRY_MS, signal);
      if (signal.reason instanceof TurnStopped) return this.#end(signal.reason.failure);
      signal.throwIfAborted();
    }
  }

  async #append(next: (fence: string) => readonly TurnStep[]): Promise<string> {
    const { clock, instance, planner } = this.#options;
    await reliably(clock, () =>
      this.#log.append(() => {
        const { hasEnded, taking, takings } = this.#log;
        // An append that seemed to fail may have been written.
        if (hasEnded || (taking !== undefined && taking.fence === this.#tried)) return [];
        if (this.#refusedAt !== undefined && takings > this.#refusedAt) throw new Superseded();
        this.#plannerBefore = taking?.planner;
        this.#tried = `${takings + 1}-${instance}`;
        const taken: RecordInit = { case: "taken", value: { fence: this.#tried, planner: planner.name } };
        return [taken, ...next(this.#tried).map((value): RecordInit => ({ case: "step", value }))];
      }),
    );
    if (this.#log.isLost) throw new TurnStopped(LOST);
    this.#isWaiting = false; // not before: while the store does not answer no agent works on the turn either
    return this.#tried;
  }

  /**
   * The first events of a turn that has none: in the append of its taking, so that its caller does not wait for another answer of the
   * store.
   */
  #beginning(fence: string): readonly TurnStep[] {
    const { steps, header } = this.#log;
    const { deadlineMs, planner } = this.#options;
    return steps.length > 0 ? [] : this.#toSteps(beginning(header.conversationId, deadlineMs, planner.name), fence);
  }

  #end(failure: Failure): Promise<string> {
    const { step } = progressOf(this.#log.steps);
    return this.#append((fence) => this.#toSteps({ step, endsStep: true, events: [failed(failure)] }, fence));
  }

  #toSteps(piece: Piece, fence: string): readonly TurnStep[] {
    return toSteps(piece, { turnId: this.#log.id, fence }, this.#log.steps.length);
  }
}
