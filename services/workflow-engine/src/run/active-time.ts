/** How long at least one node of a run has been running. Waits for timers and for people do not count. */
export class ActiveTime {
  #running = 0;
  #sinceMs = 0;
  #sumMs = 0;

  /** A node begins to run. */
  began(timeMs: number): void {
    if (this.#running++ === 0) this.#sinceMs = timeMs;
  }

  /** A node stops running. */
  ended(timeMs: number): void {
    if (--this.#running === 0) this.#sumMs += timeMs - this.#sinceMs;
  }

  /** When `limitMs` will have been used up if nothing ends before; `undefined` while no node runs. */
  usedUpMs(limitMs: number): number | undefined {
    return this.#running === 0 ? undefined : this.#sinceMs + limitMs - this.#sumMs;
  }
}
