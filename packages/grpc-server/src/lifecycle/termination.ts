/**
 * The end of a process: signals and errors that no code caught come in, one call of the program's own handler goes out,
 * then the exit. It never lets the process run longer than the handler's limit.
 */

import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { stackOf, toLoggable } from "../loggable.ts";
import type { ServerLogger } from "../server-logger.ts";

/** ECS and Kubernetes send SIGTERM, Ctrl-C is SIGINT. Both ask the program to finish its calls and exit. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Time beyond the handler's own limit until the process exits without it. */
const LIMIT_MARGIN_MS = 250;

/** Log lines about uncaught errors. A timer that fails at each tick would write thousands until the process has stopped. */
const MAX_LOGGED_ERRORS = 10;

/** Options of `onTermination`. */
export interface TerminationOptions {
  /** Time that the handler has, in milliseconds; no default. If the handler takes longer, the process exits with 1. */
  readonly limitMs: number;
  /** Gets a `fatal` line for each of the first ten errors that no code caught. */
  readonly logger: ServerLogger;
  readonly clock?: Clock | undefined;
}

/** Ends what the program does. `hurry` aborts when a second signal comes. */
export type TerminationHandler = (hurry: AbortSignal) => void | Promise<void>;

/**
 * Calls `handler` once, at the first SIGTERM, SIGINT or uncaught error, and exits when it has settled: with 0, or with 1
 * after an uncaught error, or if the handler failed or took longer than `limitMs`. A signal that comes later aborts
 * `hurry`; an uncaught error that comes later is logged. One registration a process. Decision 0030.
 *
 * @returns a function that removes the registration
 */
export function onTermination(handler: TerminationHandler, options: TerminationOptions): () => void {
  const termination = new Termination(handler, options);
  const onSignal = (): void => termination.didSignal();
  // Has the rejections that no code handled, too: then `origin` is "unhandledRejection".
  const onUncaught = (error: unknown, origin: string): void => termination.didNotCatch(error, origin);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("uncaughtException", onUncaught);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("uncaughtException", onUncaught);
  };
}

class Termination {
  readonly #handler: TerminationHandler;
  readonly #options: TerminationOptions;
  readonly #hurry = new AbortController();
  #hasStarted = false;
  #uncaughtErrors = 0;

  constructor(handler: TerminationHandler, options: TerminationOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  didSignal(): void {
    if (this.#hasStarted) this.#hurry.abort();
    else this.#start();
  }

  didNotCatch(error: unknown, origin: string): void {
    this.#uncaughtErrors += 1;
    if (this.#uncaughtErrors <= MAX_LOGGED_ERRORS) {
      this.#options.logger.fatal({ err: toLoggable(error), origin }, "an error was not caught: the process stops");
    }
    if (!this.#hasStarted) this.#start();
  }

  #start(): void {
    this.#hasStarted = true;
    const { limitMs, clock = systemClock } = this.#options;
    clock.setTimer(limitMs + LIMIT_MARGIN_MS, () => process.exit(1), { unref: true });
    void this.#runHandler().then((code) => process.exit(this.#uncaughtErrors > 0 ? 1 : code));
  }

  async #runHandler(): Promise<0 | 1> {
    try {
      await this.#handler(this.#hurry.signal);
      return 0;
    } catch (error) {
      process.stderr.write(`${stackOf(error)}\n`);
      return 1;
    }
  }
}
