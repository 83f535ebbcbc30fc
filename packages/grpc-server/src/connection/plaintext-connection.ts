/**
 * A plaintext connection of a port with more than gRPC: its first bytes decide. In: bytes, until they differ from the preface of HTTP/2 or
 * are like it. Out: the connection of that protocol, which reads them again.
 *
 * RFC 9113 3.4: the preface "is selected so that a large proportion of HTTP/1.1 or HTTP/1.0 servers and intermediaries do not attempt to
 * process further frames": no method of HTTP/1.1 is `PRI`.
 */

import type { Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { LimitCounts } from "../limits.ts";
import type { Connection } from "./connection.ts";

const MARK = Buffer.from("PRI ");

/** From the connection to its first four bytes; then the protocol's own times count. */
const FIRST_BYTES_MS = 10_000;

export interface PlaintextConnectionInit {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly limits: LimitCounts;
  /** The connection has ended before it had a protocol. */
  readonly onClose: () => void;
  /** Makes the connection of the protocol. */
  readonly become: (protocol: "h2" | "http/1.1") => Connection;
}

export class PlaintextConnection implements Connection {
  readonly #init: PlaintextConnectionInit;
  readonly #timer: Timer;
  #seen: Buffer = Buffer.alloc(0);
  #connection: Connection | undefined;

  constructor(init: PlaintextConnectionInit) {
    const { socket, clock } = init;
    this.#init = init;
    this.#timer = setPeerTimer(clock, FIRST_BYTES_MS, () => this.#didNotSpeak(), { unref: true });
    socket.on("data", this.#onData).on("end", this.#onEnd).on("error", this.#onEnd).on("close", this.#onClose);
  }

  get isReady(): boolean {
    return this.#connection?.isReady === true;
  }

  goAway(debug?: string): void {
    if (this.#connection === undefined) this.destroy();
    else this.#connection.goAway(debug);
  }

  destroy(): void {
    if (this.#connection === undefined) this.#init.socket.destroy();
    else this.#connection.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#seen = Buffer.concat([this.#seen, bytes]);
    const length = Math.min(this.#seen.length, MARK.length);
    const isLikeHttp2 = this.#seen.subarray(0, length).equals(MARK.subarray(0, length));
    if (!isLikeHttp2) this.#become("http/1.1");
    else if (length === MARK.length) this.#become("h2");
  };

  readonly #onEnd = (): void => {
    this.#init.socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#timer.cancel();
    this.#init.onClose();
  };

  #become(protocol: "h2" | "http/1.1"): void {
    const { socket, become } = this.#init;
    this.#timer.cancel();
    socket.off("data", this.#onData).off("end", this.#onEnd).off("error", this.#onEnd).off("close", this.#onClose);
    socket.pause();
    socket.unshift(this.#seen);
    this.#connection = become(protocol);
    socket.resume();
  }

  #didNotSpeak(): void {
    this.#init.limits.didReach("handshake");
    this.destroy();
  }
}
