/** Notices who has been silent for long: of any number, by one timer. */

import type { Clock, Timer } from "@agent-team/foundation/clock";

export interface Speaker {
  /** It has been silent for so long; the time begins anew. */
  onSilence(): void;
}

export class Silences {
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** When each spoke last. A Map keeps the order in which they were set: the one that has been silent longest comes first. */
  readonly #lastMs = new Map<Speaker, number>();
  #timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Also the first time. */
  didSpeak(speaker: Speaker): void {
    this.#lastMs.delete(speaker);
    this.#lastMs.set(speaker, this.#clock.now());
    this.#setTimer();
  }

  forget(speaker: Speaker): void {
    this.#lastMs.delete(speaker);
    if (this.#lastMs.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    for (const [speaker, lastMs] of this.#lastMs) {
      if (lastMs + this.#limitMs > nowMs) break;
      this.#lastMs.delete(speaker);
      this.#lastMs.set(speaker, nowMs);
      speaker.onSilence();
    }
    this.#setTimer();
  }

  /** For the one that has been silent longest. */
  #setTimer(): void {
    const [lastMs] = this.#lastMs.values();
    if (this.#timer !== undefined || lastMs === undefined) return;
    this.#timer = this.#clock.setTimer(lastMs + this.#limitMs - this.#clock.now(), () => this.#look());
  }
}
