import type { TurnHeader } from "@agent-team/contracts/turn-log";
import type { Timer } from "@agent-team/foundation/clock";
import { isJournalError, type PutOptions, type UnreadableDocuments } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { endTurn } from "../conversation/conversation.ts";
import { isStoreAway, storeError } from "../conversation/store-error.ts";
import { type Failure, toError } from "../errors.ts";
import { isTurnId, nameOfTurn } from "../ids.ts";
import { LiveTurn } from "./live-turn.ts";
import { type DriveEnd, type DriverOptions, TurnDriver } from "./turn-driver.ts";
import { HANDED_OFF, NO_READER, UNREADABLE } from "./turn-end.ts";
import { failed } from "./turn-event.ts";
import { type TurnJournal, TurnLog, UnreadableTurn } from "./turn-log.ts";
import { RENEW_MS, TurnQueue } from "./turn-queue.ts";

/** How often the log of a turn is read that another agent may have changed. A caller of such a turn gets its events this much later. */
const SYNC_MS = 50;

/**
 * The same for an agent that stops, so that its callers soon go on at the agent that has taken their turn: each 10 ms for up to 50 turns, less
 * often for more of them, so that their reads are 5,000 a second, until that is every `SYNC_MS` as before the stop.
 */
const HAND_OFF_SYNC_MS = 10;
const HAND_OFF_SYNCS_PER_MS = 5;

/** A turn without a reader stops after this time: the person has left, and a model costs money. */
const NO_READER_MS = 30_000;

/** A third of that, so that two marks may be lost. */
const MARK_MS = 10_000;

export interface TurnsOptions extends Omit<DriverOptions, "onAppend" | "isNew"> {
  readonly journal: TurnJournal;
  /** Gets the turns that cannot be read. No agent works on them, and the sweep removes them as others. */
  readonly unreadable: UnreadableDocuments;
}

/**
 * The turns that concern this agent: those that it works on, and those that are read through it. It renews its leases, takes over
 * turns of agents that died, and passes on what other agents append.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #queue: TurnQueue;
  readonly #live = new Map<string, LiveTurn>();
  /** Turns that this agent works on, and claims of others: what it has to end before it may. None rejects. */
  readonly #working = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #isStopping = false;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#queue = new TurnQueue(options.journal);
  }

  /** Stores a new turn and begins to work on it. `undefined`: there is one with this id. */
  async create(id: string, header: TurnHeader, options: PutOptions): Promise<LiveTurn | undefined> {
    // Before the turn is stored: no stored turn is missing in the queue.
    await this.#queue.renew([id]);
    const log = await TurnLog.create(this.#options.journal, id, header, options);
    if (log === undefined) return undefined;
    const live = this.#keep(log);
    this.#drive(live, true);
    if (this.#isOffering) await this.#offer(id);
    return live;
  }

  /**
   * A stored turn, as it stands now, until `close`. Takes it over when its agent has died.
   * @throws ConnectError when the store does not answer, and DATA_LOSS `TURN_UNREADABLE`
   */
  async open(id: string): Promise<LiveTurn | undefined> {
    let live: LiveTurn | undefined;
    try {
      live = await this.#open(id);
      // Another turn that cannot be taken is no failure of this one, and is due again later.
      if (live !== undefined && live.driver === undefined && !live.log.hasEnded) {
        await this.takeDue().catch((error: unknown) => this.#didFail(error));
      }
      return live;
    } catch (error) {
      if (live !== undefined) this.close(live);
      throw this.#errorOf(error);
    }
  }

  /** As `open`, and `undefined` for a turn that cannot be read. @throws ConnectError when the store does not answer */
  async find(id: string): Promise<LiveTurn | undefined> {
    try {
      return await this.open(id);
    } catch (error) {
      if (error instanceof ConnectError && error.cause instanceof UnreadableTurn) return undefined;
      throw error;
    }
  }

  /**
   * How a turn stands in the store. Unlike `open` it takes nothing over. A turn that cannot be read has ended.
   * @throws ConnectError when the store does not answer
   */
  async look(id: string): Promise<"running" | "ended" | "absent"> {
    try {
      const live = await this.#open(id);
      if (live === undefined) return "absent";
      this.close(live);
      return live.log.hasEnded ? "ended" : "running";
    } catch (error) {
      if (this.#isUnreadable(error)) return "ended";
      throw storeError(error);
    }
  }

  /** A caller reads a turn that was opened or created, until it calls what this returns. That closes the turn, too. */
  enter(live: LiveTurn): () => void {
    let isReading = true;
    live.readers += 1;
    return () => {
      if (!isReading) return;
      isReading = false;
      live.readers -= 1;
      live.readMs = this.#nowMs;
      this.close(live);
    };
  }

  /** A turn that was opened or created is not used any more: once for each time. */
  close(live: LiveTurn): void {
    live.holds -= 1;
    this.#forget(live);
  }

  /** No effect while the turn is used or driven here. */
  #forget(live: LiveTurn): void {
    if (live.holds > 0 || live.driver !== undefined) return;
    if (this.#live.get(live.log.id) === live) this.#live.delete(live.log.id);
    if (this.#live.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ends a turn wherever it runs; false if it had ended before. */
  async cancel(live: LiveTurn, failure: Failure): Promise<boolean> {
    const { log, driver } = live;
    const hadEnded = log.hasEnded;
    if (!hadEnded) driver?.stop(failure);
    await live.driven;
    if (!log.hasEnded) await this.#seal(live, failure);
    return !hadEnded;
  }

  /** Takes over the turns of agents that died. @throws JournalError */
  async takeDue(): Promise<void> {
    if (this.#isStopping) return;
    const claim = this.#claimDue();
    const ended = claim.catch(() => {}).then(() => void this.#working.delete(ended));
    this.#working.add(ended);
    await claim;
  }

  async #claimDue(): Promise<void> {
    const ids = await this.#queue.takeDue();
    // At once, and each for itself: one that the store does not answer must not keep the others waiting for another lease.
    const taken = await Promise.allSettled(ids.map((id) => this.#take(id)));
    const failed = taken.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async #take(id: string): Promise<void> {
    const live = isTurnId(id) ? await this.#openReadable(id) : undefined;
    try {
      if (live === undefined || live.log.hasEnded) await this.#queue.remove(id);
      else if (live.driver === undefined) await this.#begin(live);
    } finally {
      if (live !== undefined) this.close(live);
    }
  }

  /** `undefined` also for a turn that cannot be read. */
  async #openReadable(id: string): Promise<LiveTurn | undefined> {
    try {
      return await this.#open(id);
    } catch (error) {
      if (this.#isUnreadable(error)) return undefined;
      throw error;
    }
  }

  /** Reports the turn, once. */
  #isUnreadable(error: unknown): boolean {
    if (!(error instanceof UnreadableTurn)) return false;
    this.#options.unreadable.report(error.key);
    return true;
  }

  #errorOf(error: unknown): Error {
    return this.#isUnreadable(error) ? toError({ ...UNREADABLE, cause: error }) : storeError(error);
  }

  /** Begins to work on a turn that it has claimed, unless it was told to stop meanwhile. */
  async #begin(live: LiveTurn): Promise<void> {
    if (this.#isStopping) await this.#queue.release(live.log.id);
    else this.#drive(live);
  }

  /**
   * Offers the turns to other agents, except for those that would cost twice, and takes no others. Each turn goes on here until
   * another agent has taken it, so that it never waits for one. Its callers are then told to ask another agent. Resolves when
   * this agent works on no turn.
   */
  async handOff(): Promise<void> {
    this.#isStopping = true;
    const driven = [...this.#live.values()].filter(({ driver }) => driver !== undefined);
    if (this.#isOffering) await Promise.all(driven.map(({ log }) => this.#offer(log.id)));
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  get #isOffering(): boolean {
    return this.#isStopping && this.#options.planner.continuation !== "restart";
  }

  /** Other agents may take it from now on. Without the store's answer they may when the lease has passed. */
  #offer(id: string): Promise<void> {
    return this.#queue.release(id).catch(() => {});
  }

  get #syncMs(): number {
    if (!this.#isOffering) return SYNC_MS;
    return Math.min(SYNC_MS, Math.max(HAND_OFF_SYNC_MS, this.#live.size / HAND_OFF_SYNCS_PER_MS));
  }

  get #nowMs(): number {
    return this.#options.clock.now();
  }

  async #open(id: string): Promise<LiveTurn | undefined> {
    const known = this.#live.get(id);
    if (known === undefined) {
      const log = await TurnLog.open(this.#options.journal, id);
      return log && this.#keep(log);
    }
    known.holds += 1; // at once: the caller before this one may leave during the wait
    try {
      // It may be that of an agent that was paused while another one took the turn.
      await known.log.refresh();
      known.didChange();
    } catch (error) {
      this.close(known);
      throw error;
    }
    if (!known.log.isLost) return known;
    this.close(known);
    return undefined;
  }

  /** The turn of the log, used once more. Another caller may have opened it meanwhile. */
  #keep(log: TurnLog): LiveTurn {
    const live = this.#live.get(log.id) ?? new LiveTurn(log, this.#nowMs);
    live.holds += 1;
    this.#live.set(log.id, live);
    this.#schedule();
    return live;
  }

  #drive(live: LiveTurn, isNew: boolean = false): void {
    const onAppend = (): void => {
      live.syncedMs = this.#nowMs;
      live.didChange();
    };
    const driver = new TurnDriver(live.log, { ...this.#options, isNew, onAppend });
    live.driver = driver;
    live.readMs = this.#nowMs;
    const driven = driver.drive().then(async (end) => {
      await this.#didDrive(live, end).catch(this.#options.onDefect);
      live.driven = undefined;
      this.#working.delete(driven);
      this.#forget(live);
    });
    live.driven = driven;
    this.#working.add(driven);
  }

  async #didDrive(live: LiveTurn, end: DriveEnd): Promise<void> {
    const { id } = live.log;
    live.driver = undefined;
    switch (end.kind) {
      case "ended":
        // One that stays in the queue is removed by the agent that takes it: it has ended.
        await this.#queue.remove(id).catch(() => {});
        break;
      case "failed":
        this.#live.delete(id);
        live.fail(end.failure);
        if (end.failure.code !== Code.Unavailable) await this.#discard(live);
        break;
      case "unreadable":
        // What is stored stays until the sweep. Its lease passes, and its mark is seen as that of an ended turn.
        this.#live.delete(id);
        this.#options.unreadable.report(live.log.key);
        live.fail(UNREADABLE);
        break;
      case "superseded":
        // Its callers go on with what the other agent appends: faster there than through this one.
        if (this.#isStopping) live.release(HANDED_OFF);
        break;
      default:
        end satisfies never;
    }
    live.didChange();
  }

  /** The store has no room for the end of the turn: what is stored of it makes room for others. */
  async #discard({ log }: LiveTurn): Promise<void> {
    await this.#unmark(log).catch(() => {});
    await log.remove().catch(() => {});
    await this.#queue.remove(log.id).catch(() => {});
  }

  /** Ends a turn on which this agent does not work: its last event is the first one of this agent. */
  async #seal(live: LiveTurn, failure: Failure): Promise<void> {
    const { log } = live;
    const { instance, planner } = this.#options;
    try {
      await this.#unmark(log).catch((error: unknown) => {
        // A full store refuses it. A mark that stays is seen as that of an ended turn.
        if (isStoreAway(error)) throw error;
      });
      await log.append(() => {
        if (log.hasEnded) return [];
        const taken = { fence: `${log.takings + 1}-${instance}`, planner: planner.name };
        const sequence = log.steps.length + 1;
        const event = { ...failed(failure), turnId: log.id, sequence, fence: taken.fence };
        return [
          { case: "taken", value: taken },
          { case: "step", value: { event, step: 0, endsStep: true } },
        ];
      });
      await this.#queue.remove(log.id);
    } catch (error) {
      throw this.#errorOf(error);
    }
    live.didChange();
  }

  #unmark({ id, header }: TurnLog): Promise<void> {
    return this.#options.conversations.update(nameOfTurn(id, header.subject), (now) => endTurn(now, id));
  }

  #schedule(): void {
    this.#timer ??= this.#options.clock.setTimer(this.#syncMs, () => void this.#tick());
  }

  /** A store that does not answer is asked again; what it means for a turn is decided by its driver. */
  async #tick(): Promise<void> {
    const turns = [...this.#live.values()];
    await Promise.all([this.#renew(turns), this.#takeOver(turns), ...turns.map((live) => this.#sync(live))]).catch(
      (error: unknown) => this.#didFail(error),
    );
    this.#timer = undefined;
    if (this.#live.size > 0) this.#schedule();
  }

  #didFail(error: unknown): void {
    if (!isJournalError(error)) this.#options.onDefect(error);
  }

  async #renew(turns: readonly LiveTurn[]): Promise<void> {
    const ids = turns.filter(({ driver }) => driver !== undefined).map(({ log }) => log.id);
    if (this.#isOffering || ids.length === 0 || this.#nowMs - this.#renewedMs < RENEW_MS) return;
    this.#renewedMs = this.#nowMs;
    await this.#queue.renew(ids);
  }

  async #takeOver(turns: readonly LiveTurn[]): Promise<void> {
    if (turns.some(({ driver, log }) => driver === undefined && !log.hasEnded)) await this.takeDue();
  }

  /** Reads a log that another agent may have changed, and notes whether a caller reads the turn. */
  async #sync(live: LiveTurn): Promise<void> {
    const { log, driver } = live;
    if (log.hasEnded) return live.didChange();
    if (this.#nowMs - live.syncedMs >= this.#syncMs && !(await this.#refresh(live))) return;
    if (live.wasRead()) live.readMs = this.#nowMs;
    if (driver === undefined) await this.#mark(live);
    else if (this.#nowMs - live.readMs >= NO_READER_MS) driver.stop(NO_READER);
    else driver.didSync();
  }

  /** False, and the end of its callers, when the turn cannot be read. An agent that works on it notices with its next append. */
  async #refresh(live: LiveTurn): Promise<boolean> {
    live.syncedMs = this.#nowMs;
    try {
      await live.log.refresh();
      live.didChange();
      return true;
    } catch (error) {
      if (!this.#isUnreadable(error)) throw error;
      live.fail(UNREADABLE);
      return false;
    }
  }

  /** Lets the agent that works on the turn know that a caller reads it here. */
  async #mark(live: LiveTurn): Promise<void> {
    if (live.readers === 0 || live.log.hasEnded || this.#nowMs - live.markedMs < MARK_MS) return;
    live.markedMs = this.#nowMs;
    await live.log.append(() => (live.log.hasEnded ? [] : [{ case: "read", value: {} }]));
  }
}
