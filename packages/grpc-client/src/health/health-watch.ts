/**
 * One grpc.health.v1 `Watch` on one connection (gRFC A17). In: the connection. Out: the health of the server, each time that it changes.
 * It never closes the connection, and it is no call: the stream is in no endpoint's load, and the peer owes nothing on it.
 *
 *                 SERVING, or UNIMPLEMENTED
 *     asking ────────────────────────────────► serving
 *      ▲  │                                      │ ▲
 *      │  │ another status, a broken stream,     │ │ SERVING
 *      │  │ or no answer in time                 ▼ │
 *      │  └────────────────────────────────► not serving
 *      └────────── asked again ◄──────────────────┘
 *                  (a broken stream only)
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { Random } from "@agent-team/foundation/random";
import type { Method } from "../client-call.ts";
import { Metadata } from "../metadata.ts";
import type { ServerHealth } from "../server-health.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import type { Connection } from "../transport.ts";
import { encodeHealthRequest, servingStatusOf } from "./health-messages.ts";

const WATCH: Method = {
  path: "/grpc.health.v1.Health/Watch",
  unaryRequest: true,
  unaryResponse: false,
  idempotent: true,
};
const HEAD = {
  method: WATCH,
  metadata: Metadata.empty,
  timeoutMs: Number.POSITIVE_INFINITY,
  previousAttempts: 0,
  isBackground: true,
} as const;
/** gRFC A17: "the client will use exponential backoff between attempts". Its values are those of gRPC's connection backoff. */
const RETRY = { minMs: 100, baseMs: 1_000, maxMs: 120_000 } as const;
/** A17 opens a stream that has answered again at once. Not more often than this: a server may end each one after its first answer. */
const REOPEN_MS = 1_000;
const ASKING: ServerHealth = { kind: "asking" };
const SERVING: ServerHealth = { kind: "serving" };
const UNSUPPORTED: ServerHealth = { kind: "unsupported" };

export interface HealthWatchDeps {
  /** The service to ask for; empty: the server as a whole. */
  readonly service: string;
  /** How long the first answer of a stream may take until the stream counts as broken, in ms. */
  readonly answerTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Watches until the returned function is called; after that `onHealth` is not called. */
export function watchHealth(
  connection: Pick<Connection, "open" | "peerSettings">,
  onHealth: (health: ServerHealth) => void,
  deps: HealthWatchDeps,
): () => void {
  const watch = new HealthWatch(connection, onHealth, deps);
  watch.start();
  return () => watch.stop();
}

class HealthWatch implements StreamSink {
  readonly #connection: Pick<Connection, "open" | "peerSettings">;
  readonly #onHealth: (health: ServerHealth) => void;
  readonly #deps: HealthWatchDeps;
  #stream: Stream | undefined;
  #openedMs = 0;
  #hasAnswered = false;
  #backoff = Backoff.first(RETRY);
  /** Until the next stream, or until the answer of this one is late. */
  #timer: Timer | undefined;
  #hasStopped = false;

  constructor(
    connection: Pick<Connection, "open" | "peerSettings">,
    onHealth: (health: ServerHealth) => void,
    deps: HealthWatchDeps,
  ) {
    this.#connection = connection;
    this.#onHealth = onHealth;
    this.#deps = deps;
  }

  /** "This stream counts toward the HTTP/2 MAX_CONCURRENT_STREAMS setting" (A17): a peer that admits one stream keeps it for calls. */
  start(): void {
    if (this.#connection.peerSettings.maxConcurrentStreams <= 1) this.#onHealth(UNSUPPORTED);
    else this.#open();
  }

  stop(): void {
    this.#hasStopped = true;
    this.#timer?.cancel();
    this.#stream?.cancel();
  }

  onHeaders(): void {}

  onDrain(): void {}

  onMessage(message: Uint8Array): void {
    if (this.#hasStopped) return;
    this.#timer?.cancel();
    this.#hasAnswered = true;
    this.#backoff = Backoff.first(RETRY);
    const status = servingStatusOf(message);
    if (status === "SERVING") this.#onHealth(SERVING);
    else this.#onHealth({ kind: "not-serving", reason: this.#describe(status) });
  }

  onEnd(end: StreamEnd): void {
    this.#stream = undefined;
    this.#timer?.cancel();
    // When the connection has ended, its end is the news, and `stop` comes in this very tick.
    queueMicrotask(() => {
      if (!this.#hasStopped) this.#didEnd(end);
    });
  }

  #didEnd({ code, origin, message }: StreamEnd): void {
    if (code === Status.unimplemented && origin === "server") return this.#onHealth(UNSUPPORTED);
    this.#didBreak(`ended its health watch (status ${code}${message === "" ? "" : `: ${message}`})`);
  }

  #didBreak(reason: string): void {
    const mayReopen = this.#hasAnswered && this.#deps.clock.now() - this.#openedMs >= REOPEN_MS;
    if (mayReopen) return this.#ask();
    this.#onHealth({ kind: "not-serving", reason });
    this.#askLater();
  }

  #ask(): void {
    this.#onHealth(ASKING);
    // The listener may have ended this watch.
    if (!this.#hasStopped) this.#open();
  }

  #open(): void {
    const { clock, service, answerTimeoutMs } = this.#deps;
    this.#openedMs = clock.now();
    this.#hasAnswered = false;
    this.#stream = this.#connection.open(HEAD, this);
    // It is full, or has ended just now. What the server said last holds until it can be asked.
    if (this.#stream === undefined) return this.#askLater();
    // Like the connect timer, it keeps the process running: a program may wait for the endpoint to be ready.
    this.#timer = setPeerTimer(clock, answerTimeoutMs, () => this.#didWaitInVain());
    this.#stream.sendMessage(encodeHealthRequest(service), true);
  }

  #didWaitInVain(): void {
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#didBreak(`did not answer its health watch within ${this.#deps.answerTimeoutMs} ms`);
  }

  #askLater(): void {
    if (this.#hasStopped) return;
    const { clock, random } = this.#deps;
    const delayMs = this.#backoff.delayMs(random);
    this.#backoff = this.#backoff.next();
    this.#timer = clock.setTimer(delayMs, () => this.#ask(), { unref: true });
  }

  #describe(status: string | undefined): string {
    if (status === undefined) return "sent a health status that is no HealthCheckResponse";
    const { service } = this.#deps;
    return service === "" ? `says ${status}` : `says ${status} for ${service}`;
  }
}
