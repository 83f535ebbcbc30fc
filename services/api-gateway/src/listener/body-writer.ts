/**
 * Writes a streamed body behind the head of its response. In: the parts. Out: their bytes, and the filler whenever nothing was sent for
 * 15 s. It asks for the next part when the last one has left. A body that fails breaks the connection.
 */

import type { ServerResponse } from "node:http";
import type { StreamedBody } from "../streamed-body.ts";
import type { Silences, Speaker } from "./silences.ts";

/** Longest silence of a stream, in ms. Load balancers and proxies cut a silent one after 60 s (ALB's default), some after 30 s. */
export const SILENCE_LIMIT_MS = 15_000;

/**
 * How long a reader may leave a part until its body rests, in ms: longer than a lost packet takes to be sent again, and less than the other
 * readers wait for a service (6 s) whose connection is full of what this one does not take.
 */
export const STANDSTILL_MS = 2_000;

/** As a route gives it: see `ConnectionControl`. */
export interface GivenBody {
  readonly body: StreamedBody;
  readonly filler: string;
}

/** The watches of all writers. */
export interface Watches {
  /** Of `SILENCE_LIMIT_MS`. */
  readonly silences: Silences;
  /** Of `STANDSTILL_MS`. */
  readonly standstills: Silences;
}

export class BodyWriter implements Speaker {
  readonly #body: StreamedBody;
  readonly #outgoing: ServerResponse;
  readonly #filler: string;
  readonly #silences: Silences;
  readonly #standstills: Silences;
  /** While a part waits for the reader. */
  #standstill: Speaker | undefined;

  constructor({ body, filler }: GivenBody, outgoing: ServerResponse, { silences, standstills }: Watches) {
    this.#body = body;
    this.#filler = filler;
    this.#outgoing = outgoing;
    this.#silences = silences;
    this.#standstills = standstills;
  }

  /** Returns when the body has ended; not when the connection is closed before. */
  async write(): Promise<void> {
    this.#outgoing.once("close", () => this.#leave());
    this.#silences.didSpeak(this);
    try {
      for (let part = await this.#body.next(); part !== undefined; part = await this.#body.next()) {
        if (this.#outgoing.destroyed) return;
        this.#silences.didSpeak(this);
        if (!this.#outgoing.write(part)) await this.#drained();
      }
      this.#silences.forget(this); // a write behind the end is an error, and a slow reader may take its time
      this.#outgoing.end();
    } catch {
      this.#silences.forget(this);
      breakOff(this.#outgoing);
    }
  }

  /** A reader that has not taken the last part gets none: they would pile up. */
  onSilence(): void {
    if (!this.#outgoing.writableNeedDrain) this.#outgoing.write(this.#filler);
  }

  /** Never resolves when the connection is closed before. */
  async #drained(): Promise<void> {
    this.#standstill = { onSilence: () => this.#body.rest() };
    this.#standstills.didSpeak(this.#standstill);
    await new Promise((resolve) => this.#outgoing.once("drain", resolve));
    this.#endStandstill();
  }

  #endStandstill(): void {
    if (this.#standstill !== undefined) this.#standstills.forget(this.#standstill);
    this.#standstill = undefined;
  }

  #leave(): void {
    this.#silences.forget(this);
    this.#endStandstill();
    this.#body.leave();
  }
}

/**
 * Resets the connection behind what was written. Clients take its plain end for the end of a response with `connection: close`. An error
 * of the response would not do: the server writes it behind what was sent, and ends the response.
 */
function breakOff(outgoing: ServerResponse): void {
  const { socket } = outgoing;
  // A pipelined response gets its socket when the one before it has left, and then writes what it holds.
  if (socket === null) outgoing.once("socket", () => queueMicrotask(() => breakOff(outgoing)));
  // On the socket: an empty write of the response would be the chunk that ends it.
  else socket.write("", () => socket.resetAndDestroy());
}
