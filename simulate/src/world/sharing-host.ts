/**
 * Serves all its requests at once: they share its slots evenly, as threads share cores (processor sharing).
 *
 * `#progressMs` is the work that each request has received since the host began; a request of `w` ms that comes at progress p
 * ends at progress p + w. So the order of the ends never changes, and each event costs O(log n).
 */

import type { Timer } from "@agent-team/foundation/clock";
import { Heap, type HeapItem } from "./heap.ts";
import { Host, type Request } from "./host.ts";

/** The first byte or the end of a response, at a progress. */
class Milestone implements HeapItem {
  readonly key: number;
  order = 0;
  readonly request: Request;
  readonly isEnd: boolean;

  constructor(atProgressMs: number, request: Request, isEnd: boolean) {
    this.key = atProgressMs;
    this.request = request;
    this.isEnd = isEnd;
  }
}

export class SharingHost extends Host {
  readonly #milestones = new Heap<Milestone>();
  #serving = 0;
  #progressMs = 0;
  #updatedMs = 0;
  #timer: Timer | undefined;

  protected override serve(request: Request): void {
    this.#update();
    this.#serving++;
    const { workMs, firstByteShare } = request;
    if (firstByteShare < 1)
      this.#milestones.push(new Milestone(this.#progressMs + workMs * firstByteShare, request, false));
    this.#milestones.push(new Milestone(this.#progressMs + workMs, request, true));
    this.#wakeAtNext();
  }

  /** Work for each request, per ms. */
  get #rate(): number {
    return this.manner.speed(this.#updatedMs) * Math.min(1, this.slots / Math.max(1, this.#serving));
  }

  #update(): void {
    const nowMs = this.time.now();
    this.#progressMs += (nowMs - this.#updatedMs) * this.#rate;
    this.#updatedMs = nowMs;
  }

  #wakeAtNext(): void {
    this.#timer?.cancel();
    const next = this.#milestones.first;
    if (next === undefined) return;
    this.#timer = this.time.setTimer((next.key - this.#progressMs) / this.#rate, () => this.#reach());
  }

  #reach(): void {
    this.#update();
    const milestone = this.#milestones.pop();
    if (milestone === undefined) return;
    // Rounding may leave the sum a little short of it.
    this.#progressMs = Math.max(this.#progressMs, milestone.key);
    const { request, isEnd } = milestone;
    if (isEnd) this.#serving--;
    this.#wakeAtNext();
    if (!isEnd || request.firstByteShare === 1) request.onFirstByte();
    if (isEnd) request.onEnd(true);
  }
}
