/**
 * One connection of HTTP/1.1, as far as its server ends it. In: requests, and the ends of their answers; time; the steps of the
 * connection's end. Out: the end of the socket. It never reads a request.
 *
 *            a request's head has come               its answer is whole
 *   idle ──────────────────────────────► answering ──────────────────────► idle, or closed if it has been told to leave
 *    │ no head within 10 s of the connection, or 60 s of an answer
 *    └──────────────────────────────────► closed
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { LimitCounts } from "../limits.ts";
import type { Connection } from "./connection.ts";

/** From the connection to the first whole head, as to the SETTINGS of HTTP/2. */
const FIRST_HEAD_MS = 10_000;

/** From an answer to the next whole head. Load balancers keep their connections for as long by default. */
const KEEP_ALIVE_MS = 60_000;

/** From an answer to the end of a request that goes on behind it. */
const REST_MS = 10_000;

/** A client that has used the connection just now may be sending its next request. */
const LEAVING_MS = 1_000;

/** Requests behind each other whose answers wait. Browsers send one at a time. */
const MAX_PIPELINED = 16;

export interface Http1ConnectionInit {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly limits: LimitCounts;
  readonly peerCertificate: () => Uint8Array | undefined;
  readonly onClose: () => void;
}

export class Http1Connection implements Connection {
  readonly isReady = true;
  readonly peerCertificate: () => Uint8Array | undefined;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: LimitCounts;
  #timer: Timer;
  #open = 0;
  #isLeaving = false;

  constructor({ socket, clock, limits, peerCertificate, onClose }: Http1ConnectionInit) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.peerCertificate = peerCertificate;
    this.#timer = this.#endAfter(FIRST_HEAD_MS, () => limits.didReach("handshake"));
    socket.once("close", () => {
      this.#timer.cancel();
      onClose();
    });
    socket.on("error", () => {}); // the end of the connection says the same
  }

  /** Answers say `connection: close`. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** A head has come. False: the connection has ended, because too many answers wait. */
  didRequest(request: IncomingMessage, response: ServerResponse): boolean {
    this.#timer.cancel();
    this.#open += 1;
    if (this.#open > MAX_PIPELINED) {
      this.#limits.didReach("streams");
      this.destroy();
      return false;
    }
    response.once("close", () => this.#didAnswer(request));
    return true;
  }

  /** Called again, it ends an idle connection at once. */
  goAway(): void {
    const isRepeated = this.#isLeaving;
    this.#isLeaving = true;
    if (this.#open > 0) return;
    this.#timer.cancel();
    if (isRepeated) this.#socket.destroySoon();
    else this.#timer = this.#endAfter(LEAVING_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #didAnswer(request: IncomingMessage): void {
    this.#open -= 1;
    if (this.#open > 0 || this.#socket.destroyed) return;
    if (this.#isLeaving) return this.#socket.destroySoon();
    this.#timer.cancel();
    this.#timer = request.complete ? this.#endAfter(KEEP_ALIVE_MS) : this.#awaitRest(request);
  }

  /** `node:http` drops what comes of a request behind its answer. */
  #awaitRest(request: IncomingMessage): Timer {
    const didPass = (): void => {
      if (request.complete) {
        this.#timer = this.#endAfter(KEEP_ALIVE_MS);
        return;
      }
      this.#limits.didReach("slow-request");
      this.#socket.destroySoon();
    };
    return setPeerTimer(this.#clock, REST_MS, didPass, { unref: true });
  }

  #endAfter(ms: number, report: () => void = () => {}): Timer {
    const end = (): void => {
      report();
      this.#socket.destroySoon();
    };
    return setPeerTimer(this.#clock, ms, end, { unref: true });
  }
}
