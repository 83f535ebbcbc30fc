import type { TurnStep } from "@agent-team/contracts/turn-log";
import { isJournalError } from "@agent-team/journal";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { completeTurn, endTurn, isAnswered, type TurnOutcome } from "../conversation/conversation.ts";
import { inputOf } from "../conversation/plan-input.ts";
import type { ConversationStore } from "../conversation/store.ts";
import { storeError } from "../conversation/store-error.ts";
import { type Failure, isPublic, toFailure } from "../errors.ts";
import { type ConversationName, nameOfTurn } from "../ids.ts";
import type { PlanInput } from "../planner.ts";
import { type Progress, progressOf } from "./progress.ts";
import { reliably } from "./reliably.ts";
import { ending, type RunTurnOptions, runTurn } from "./run-turn.ts";
import { CANCELLED, EXPIRED, LOST, PASSED, Superseded, TurnStopped } from "./turn-end.ts";
import { failed, truncated } from "./turn-event.ts";
import { type TurnLog, UnreadableTurn } from "./turn-log.ts";
import { TurnTaking } from "./turn-taking.ts";
import { TurnWriter } from "./turn-writer.ts";
import { untilAborted } from "./until-aborted.ts";

export interface DriverOptions extends RunTurnOptions {
  readonly conversations: ConversationStore;
  /** Differs for each process. */
  readonly instance: string;
  /** Whether this agent has stored the turn a moment ago, and takes it over from none. */
  readonly isNew: boolean;
  /** Receives an error of which the caller gets no details. */
  readonly onDefect: (error: unknown) => void;
  /** Called after each append. */
  readonly onAppend: () => void;
}

export type DriveEnd =
  /** The last event is stored. */
  | { readonly kind: "ended" }
  /** Another agent works on the turn, or has ended it. */
  | { readonly kind: "superseded" }
  /** The log has a record that cannot be read. */
  | { readonly kind: "unreadable" }
  /** The store takes no events. */
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Runs one turn on this agent, from where the log ends, and writes each event into the log. It stops without another event when
 * another agent takes the turn.
 *
 *   taking ──► running ──┬─► ended       (stop() and the deadline end it with turn_failed, also while it takes the turn)
 *                        ├─► superseded  (another agent goes on)
 *                        ├─► unreadable  (the log has a record that is none)
 *                        └─► failed      (the store takes no events)
 */
export class TurnDriver {
  readonly #log: TurnLog;
  readonly #options: DriverOptions;
  readonly #stop = new AbortController();
  readonly #taking: TurnTaking;
  /** Of this agent, once its taking is stored: until then `didSync` would find the taking of another agent. */
  #fence = "";

  constructor(log: TurnLog, options: DriverOptions) {
    this.#log = log;
    this.#options = options;
    this.#taking = new TurnTaking(log, { ...options, deadlineMs: this.#deadlineMs, signal: this.#stop.signal });
  }

  /** Whether the turn cannot go on: the store has no room for this agent's taking of it. */
  get waitsForRoom(): boolean {
    return this.#taking.isWaiting;
  }

  /** Ends the turn. Only the first call counts. */
  stop(failure: Failure): void {
    this.#stop.abort(new TurnStopped(failure));
  }

  /** The log was read: another agent may have taken or ended the turn. A planner that is slow is then stopped at once. */
  didSync(): void {
    const { taking, isLost } = this.#log;
    if (isLost || (this.#fence !== "" && taking?.fence !== this.#fence)) this.#stop.abort(new Superseded());
  }

  async drive(): Promise<DriveEnd> {
    const { clock } = this.#options;
    const timer = clock.setTimer(Math.max(0, this.#deadlineMs - clock.wallNow()), () => this.stop(EXPIRED));
    try {
      this.#fence = await this.#taking.take();
      this.#options.onAppend();
      if (this.#log.hasEnded) await this.#unmark();
      else await this.#runToEnd();
      return { kind: "ended" };
    } catch (error) {
      if (error instanceof Superseded) return { kind: "superseded" };
      if (error instanceof UnreadableTurn) return { kind: "unreadable" };
      return { kind: "failed", failure: this.#failureOf(error) };
    } finally {
      timer.cancel();
      this.#stop.abort(new Superseded()); // for a planner that does not notice its end
    }
  }

  get #deadlineMs(): number {
    const { deadline } = this.#log.header;
    return deadline === undefined ? 0 : timestampMs(deadline);
  }

  async #runToEnd(): Promise<void> {
    const writer = this.#openWriter();
    try {
      await this.#run(writer);
    } catch (error) {
      if (error instanceof Superseded || error instanceof UnreadableTurn) throw error;
      const isFull = isJournalError(error, "full");
      // An append before the refused one may have been written without an answer.
      if (isFull) await this.#reliably(() => this.#log.refresh());
      // A full store has refused events, which no caller has seen, and still takes the end.
      const last = isFull ? this.#openWriter() : writer;
      await last.flushed();
      await this.#fail(this.#failureOf(error), last);
    }
  }

  #openWriter(): TurnWriter {
    return new TurnWriter({
      turnId: this.#log.id,
      fence: this.#fence,
      stored: this.#log.steps.length,
      append: (steps) => this.#reliably(() => this.#append(steps)),
    });
  }

  async #run(writer: TurnWriter): Promise<void> {
    const takeovers = this.#log.takings - 1;
    const input = await this.#readInput();
    if (input === "answered") {
      // The agent before this one has stored the answer, and not its last event.
      await writer.write(ending(progressOf(this.#log.steps).step, takeovers));
      return writer.flushed();
    }
    const { conversationId, subject, scopes } = this.#log.header;
    const { signal } = this.#stop;
    const pieces = runTurn(
      {
        id: this.#log.id,
        conversationId,
        caller: { subject, scopes },
        deadlineMs: this.#deadlineMs,
        input,
        done: await this.#resume(writer, input),
        takeovers,
        signal,
        commit: (outcome) => this.#commit(outcome, writer),
      },
      this.#options,
    );
    for await (const piece of untilAborted(pieces, signal)) await writer.write(piece);
    await writer.flushed();
  }

  /** @throws TurnStopped when the conversation has gone on without this turn */
  async #readInput(): Promise<PlanInput | "answered"> {
    const { id, header } = this.#log;
    const conversation = await this.#reliably(() => this.#options.conversations.get(this.#name));
    if (conversation === undefined) throw new TurnStopped(CANCELLED);
    if (isAnswered(conversation, id)) return "answered";
    if (conversation.activeTurn?.id !== id) throw new TurnStopped(PASSED);
    return inputOf(conversation, header.message);
  }

  /** What is done already. Events of a planner that gives others each time are withdrawn. */
  async #resume(writer: TurnWriter, input: PlanInput): Promise<Progress> {
    const { steps } = this.#log;
    const progress = progressOf(steps);
    const { continuation, name, restarts } = this.#options.planner;
    const isSame = continuation === "recompute" && this.#taking.plannerBefore === name && restarts?.(input) !== true;
    if (isSame || (progress.step <= 1 && progress.events === 0)) return progress;
    const kept = steps.findIndex(({ step }) => step > 0);
    await writer.write({ step: 0, endsStep: true, events: [truncated(kept, "STEP_RESTARTED")] });
    return { step: 1, events: 0, text: "" };
  }

  async #append(steps: readonly TurnStep[]): Promise<void> {
    const first = steps[0]?.event?.sequence ?? 1;
    await this.#log.append(() => {
      const { taking, steps: stored } = this.#log;
      if (taking?.fence !== this.#fence || stored.length < first - 1) throw new Superseded();
      // An append that seemed to fail may have been written.
      return steps.slice(stored.length - (first - 1)).map((value) => ({ case: "step", value }));
    });
    if (this.#log.isLost) throw new TurnStopped(LOST);
    this.#options.onAppend();
  }

  /** All events of the answer are stored before the answer is. */
  async #commit(outcome: TurnOutcome, writer: TurnWriter): Promise<void> {
    const { clock, conversations } = this.#options;
    await writer.flushed();
    await this.#reliably(() =>
      conversations.update(this.#name, (now) => completeTurn(now, this.#log.id, outcome, clock.wallNow())),
    );
  }

  async #fail(failure: Failure, writer: TurnWriter): Promise<void> {
    await this.#unmark();
    await writer.write({ step: progressOf(this.#log.steps).step, endsStep: true, events: [failed(failure)] });
    await writer.flushed();
  }

  /** A mark that stays is seen as that of an ended turn. */
  async #unmark(): Promise<void> {
    await this.#options.conversations.update(this.#name, (now) => endTurn(now, this.#log.id)).catch(() => {});
  }

  get #name(): ConversationName {
    return nameOfTurn(this.#log.id, this.#log.header.subject);
  }

  #reliably<T>(work: () => Promise<T>): Promise<T> {
    return reliably(this.#options.clock, work);
  }

  /** An error that is not meant for callers keeps its code, if it has one, and not its message. */
  #failureOf(error: unknown): Failure {
    if (error instanceof TurnStopped) return error.failure;
    if (isJournalError(error)) return toFailure(storeError(error));
    if (!(error instanceof ConnectError && isPublic(error))) this.#options.onDefect(error);
    if (error instanceof ConnectError) return toFailure(error);
    return {
      code: Code.Internal,
      reason: "INTERNAL",
      message: "the turn failed by a defect of the agent",
      cause: error,
    };
  }
}
