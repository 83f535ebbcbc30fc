/**
 * The one place that waits. A call that can be placed is placed at once; one that cannot waits here for the next
 * picker, within bounds: of number, of time, and of hope (when every endpoint has failed since the call arrived).
 */

import type { Clock, Timer } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import type { Picker, PickSource, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { QUEUE_PICKER } from "./balancer.ts";

export interface PickQueueOptions {
  /** Calls that may wait at once. */
  readonly maxWaiting: number;
  /** Longest wait of a call that is not wait-for-ready, in ms. */
  readonly maxWaitMs: number;
}

export interface PickQueueDeps {
  readonly clock: Clock;
  /** Called when a call begins to wait: a good moment to try harder. */
  readonly onWaiting: () => void;
  /** What is known about the endpoints, for errors. */
  readonly explain: () => string;
}

interface Waiting {
  readonly sinceMs: number;
  readonly timer: Timer | undefined;
}

export class PickQueue implements PickSource {
  readonly #options: PickQueueOptions;
  readonly #deps: PickQueueDeps;
  readonly #waiting = new Map<PickWaiter, Waiting>();
  #picker: Picker = QUEUE_PICKER;
  #closed: ChannelError | undefined;

  constructor(options: PickQueueOptions, deps: PickQueueDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.size;
  }

  request(waiter: PickWaiter): void {
    if (this.#closed !== undefined) return waiter.didFailToPick(this.#closed);
    const pick = this.#picker.pick(waiter.tried);
    if (pick.kind === "complete") waiter.didPick(pick.subchannel);
    else this.#wait(waiter);
  }

  withdraw(waiter: PickWaiter): void {
    this.#waiting.get(waiter)?.timer?.cancel();
    this.#waiting.delete(waiter);
  }

  /** Places whoever can be placed by the new picker, oldest first, and fails those for whom nothing is left to hope for. */
  publish(picker: Picker): void {
    this.#picker = picker;
    this.retry();
  }

  /** Asks the same picker again: an endpoint that was full has room now. */
  retry(): void {
    for (const [waiter, { sinceMs }] of [...this.#waiting]) {
      if (!this.#waiting.has(waiter)) continue; // withdrawn by the answer to another one
      const pick = this.#picker.pick(waiter.tried);
      if (pick.kind === "complete") {
        this.withdraw(waiter);
        waiter.didPick(pick.subchannel);
      } else if (pick.kind === "fail" && !waiter.waitForReady && pick.provenMs >= sinceMs) {
        this.#fail(waiter, pick.error);
      }
    }
  }

  close(error: ChannelError): void {
    this.#closed = error;
    for (const waiter of [...this.#waiting.keys()]) this.#fail(waiter, error);
  }

  #wait(waiter: PickWaiter): void {
    if (this.#waiting.size >= this.#options.maxWaiting) {
      waiter.didFailToPick(
        new ChannelError(
          Status.unavailable,
          `${this.#waiting.size} calls already wait for an endpoint: ${this.#deps.explain()}`,
        ),
      );
      return;
    }
    const { clock } = this.#deps;
    const timer = waiter.waitForReady
      ? undefined
      : clock.setTimer(this.#options.maxWaitMs, () => this.#didWaitTooLong(waiter));
    this.#waiting.set(waiter, { sinceMs: clock.now(), timer });
    this.#deps.onWaiting();
  }

  #didWaitTooLong(waiter: PickWaiter): void {
    this.#fail(
      waiter,
      new ChannelError(Status.unavailable, `no endpoint within ${this.#options.maxWaitMs} ms: ${this.#deps.explain()}`),
    );
  }

  #fail(waiter: PickWaiter, error: ChannelError): void {
    this.withdraw(waiter);
    waiter.didFailToPick(error);
  }
}
