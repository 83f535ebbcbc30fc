import { type DeadlineEntry, OUTSIDE_WHEEL } from "./deadline.ts";

/** The instant at which a call gets its hedge, as an entry of the deadline wheel. */
export class HedgeTimer implements DeadlineEntry {
  readonly deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  readonly #hedge: () => void;

  constructor(deadlineMs: number, hedge: () => void) {
    this.deadlineMs = deadlineMs;
    this.#hedge = hedge;
  }

  onDeadline(): void {
    this.#hedge();
  }
}
