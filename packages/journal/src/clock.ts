/** The time that this package needs, as a constructor input. The `Clock` of grpc-client is one. */
export interface Clock {
  /** Calls `callback` once, no earlier than `delayMs` from now. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** A timer that has been set. */
export interface Timer {
  /** Idempotent; after it the callback does not run. */
  cancel(): void;
}
