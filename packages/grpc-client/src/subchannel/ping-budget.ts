/**
 * How many PINGs one connection may send. C-core and grpc-go count them: they admit one in 5 minutes while a stream is open, and one in
 * 2 hours without; the third that comes early is answered by GOAWAY `too_many_pings`. HEADERS and DATA that they send start the
 * count again. grpc-js's server does not count. (gRFC A8; gRPC core `ping_abuse_policy.cc`, grpc-go `http2_server.go`.)
 */

import type { Connection } from "../transport.ts";

/** The shortest interval that such a server admits without a strike while a stream is open. */
const ADMITTED_EVERY_MS = 300_000;

export class PingBudget {
  readonly #connection: Connection;
  readonly #maxPings: number;
  #pings = 0;
  /** `connection.responses` when the count began. */
  #responses = 0;
  #lastPingMs = Number.NEGATIVE_INFINITY;

  /** `maxPings`: how many may be sent between two times at which HEADERS or DATA come. */
  constructor(connection: Connection, maxPings: number) {
    this.#connection = connection;
    this.#maxPings = maxPings;
  }

  /** PINGs since HEADERS or DATA last came. */
  get spent(): number {
    if (this.#connection.responses !== this.#responses) {
      this.#responses = this.#connection.responses;
      this.#pings = 0;
    }
    return this.#pings;
  }

  admits(nowMs: number): boolean {
    if (this.#maxPings === 0) return false;
    if (this.spent < this.#maxPings) return true;
    return this.#connection.openCalls > 0 && nowMs - this.#lastPingMs >= ADMITTED_EVERY_MS;
  }

  didPing(nowMs: number): void {
    this.#pings = this.spent + 1;
    this.#lastPingMs = nowMs;
  }
}
