/**
 * The only ambient time in the project: everything else takes a `Clock`, so that tests advance it by hand and
 * `npm run simulate` runs the same code in virtual time. Lint refuses `Date`, `performance` and timers elsewhere.
 */

/** Time, as a constructor input. */
export interface Clock {
  /** Milliseconds on a monotonic scale with an arbitrary zero. For durations and deadlines: never jumps with the wall clock. */
  now(): number;
  /** Milliseconds since the Unix epoch. For timestamps that people or other machines read. */
  wallNow(): number;
  /**
   * Calls `callback` once, no earlier than `delayMs` from now. Infinity is never; a negative delay counts as 0.
   * `unref` (default false): the timer alone does not keep the process running.
   * @throws RangeError when `delayMs` is NaN.
   */
  setTimer(delayMs: number, callback: () => void, options?: { readonly unref?: boolean }): ClockTimer;
}

/** A timer that has been set. */
export interface Timer {
  /** Idempotent; after it the callback does not run. */
  cancel(): void;
}

/** A timer of a clock. It can begin and cease to keep the process running, which costs a tenth of another timer. */
export interface ClockTimer extends Timer {
  /** From now on the timer keeps the process running. Idempotent. */
  ref(): void;
  /** From now on the timer alone does not keep the process running. Idempotent. */
  unref(): void;
}

/** Longest delay of a Node timer: its 31 bits of milliseconds. Node lets a longer one fire after 1 ms. */
const MAX_NODE_DELAY_MS = 0x7fff_ffff;

/** The process's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer(delayMs, callback, options) {
    if (delayMs > MAX_NODE_DELAY_MS) return setLongTimer(delayMs, callback, options);
    if (Number.isNaN(delayMs)) throw new RangeError("a timer's delay: expected milliseconds, got NaN");
    // An instant can pass while its timer is being set. Node writes a warning to stderr for a negative delay.
    const timeout = setTimeout(callback, Math.max(0, delayMs));
    if (options?.unref === true) timeout.unref();
    return new NodeTimer(timeout);
  },
};

class NodeTimer implements ClockTimer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  ref(): void {
    this.#timeout.ref();
  }

  unref(): void {
    this.#timeout.unref();
  }
}

/** One Node timer after another. */
function setLongTimer(
  delayMs: number,
  callback: () => void,
  options: { readonly unref?: boolean } | undefined,
): ClockTimer {
  let unref = options?.unref === true;
  const goOn = (): void => {
    timer = systemClock.setTimer(delayMs - MAX_NODE_DELAY_MS, callback, { unref });
  };
  let timer = systemClock.setTimer(MAX_NODE_DELAY_MS, goOn, options);
  return {
    cancel: () => timer.cancel(),
    ref() {
      unref = false;
      timer.ref();
    },
    unref() {
      unref = true;
      timer.unref();
    },
  };
}

/** Resolves after `delayMs`. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
