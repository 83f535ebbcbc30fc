/** Serves as many requests at once as it has slots; the others wait in the order of arrival. As a server with a worker pool. */

import { Host, type Request } from "./host.ts";

export class FifoHost extends Host {
  readonly #waiting: Request[] = [];
  /** Of the requests in `#waiting`, how many have begun. */
  #begun = 0;
  #busy = 0;

  protected override serve(request: Request): void {
    if (this.#busy < this.slots) this.#begin(request);
    else this.#waiting.push(request);
  }

  #begin(request: Request): void {
    this.#busy++;
    const durationMs = request.workMs / this.manner.speed(this.time.now());
    if (request.firstByteShare < 1) {
      this.time.setTimer(durationMs * request.firstByteShare, () => request.onFirstByte());
    }
    this.time.setTimer(durationMs, () => this.#finish(request));
  }

  #finish(request: Request): void {
    this.#busy--;
    if (request.firstByteShare === 1) request.onFirstByte();
    request.onEnd(true);
    const next = this.#waiting[this.#begun];
    if (next === undefined) return;
    this.#begun++;
    this.#forgetBegun();
    this.#begin(next);
  }

  /** In batches, so that it costs O(1) for each request. */
  #forgetBegun(): void {
    if (this.#begun < 1_000 && this.#begun < this.#waiting.length) return;
    this.#waiting.splice(0, this.#begun);
    this.#begun = 0;
  }
}
