import { ProcessConversationResponseSchema } from "@agent-team/contracts";
import { type TurnStep, TurnStepSchema } from "@agent-team/contracts/turn-log";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Piece } from "./run-turn.ts";
import { TOO_LARGE, TurnStopped } from "./turn-end.ts";

/** Bytes that wait for the store: above them the planner waits. */
const MAX_WAITING_BYTES = 64 * 1024;

const MAX_TURN_BYTES = 256 * 1024;

export interface TurnWriterOptions {
  readonly turnId: string;
  readonly fence: string;
  /** Events that are stored already. */
  readonly stored: number;
  /** Stores the steps. Rejects if this agent must not write any more. */
  readonly append: (steps: readonly TurnStep[]) => Promise<void>;
}

/**
 * Numbers the events of one agent and stores them, in order. While the store writes, further events wait, and are then stored
 * together: a slow store gets few large appends, a fast one gets each event at once.
 */
export class TurnWriter {
  readonly #options: TurnWriterOptions;
  #sequence: number;
  #bytes = 0;
  #waiting: TurnStep[] = [];
  #waitingBytes = 0;
  #flush: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: TurnWriterOptions) {
    this.#options = options;
    this.#sequence = options.stored;
  }

  /**
   * Resolves when there is room for the next piece.
   * @throws TurnStopped when the turn is too large, and the error of an append that failed
   */
  async write(piece: Piece): Promise<void> {
    this.#throwFailure();
    const isFull = this.#bytes > MAX_TURN_BYTES;
    if (isFull && !hasFailed(piece.events)) throw new TurnStopped(TOO_LARGE);
    for (const step of toSteps(piece, this.#options, this.#sequence)) this.#keep(step);
    this.#sequence += piece.events.length;
    this.#flush ??= this.#flushAll();
    if (this.#waitingBytes > MAX_WAITING_BYTES) await this.#flush;
    this.#throwFailure();
  }

  /** Resolves when everything is stored. @throws the error of an append that failed */
  async flushed(): Promise<void> {
    await this.#flush;
    this.#throwFailure();
  }

  #keep(step: TurnStep): void {
    const bytes = toBinary(TurnStepSchema, step).byteLength;
    this.#waiting.push(step);
    this.#waitingBytes += bytes;
    this.#bytes += bytes;
  }

  async #flushAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const steps = this.#waiting;
        this.#waiting = [];
        this.#waitingBytes = 0;
        await this.#options.append(steps);
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#flush = undefined;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** The events of a piece behind `before` others, as the log stores them. */
export function toSteps(
  { step, endsStep, events }: Piece,
  { turnId, fence }: Pick<TurnWriterOptions, "turnId" | "fence">,
  before: number,
): readonly TurnStep[] {
  return events.map((event, at) => {
    const stamped = { ...event, turnId, fence, sequence: before + at + 1 };
    return create(TurnStepSchema, {
      event: create(ProcessConversationResponseSchema, stamped),
      step,
      endsStep: endsStep && at === events.length - 1,
    });
  });
}

/** The failure itself has room. */
function hasFailed(events: Piece["events"]): boolean {
  return events.some(({ event }) => event?.case === "turnFailed");
}
