/**
 * Follows what a server says of its health, by grpc.health.v1 `Watch` on its connection (gRFC A17). In: a ready connection. Out: the
 * endpoint takes no calls until the server says SERVING, and while it says anything else. A server without a health service, which
 * answers UNIMPLEMENTED, counts as serving.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Method } from "../client-call.ts";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { ChannelEvents } from "../events.ts";
import { Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import type { Connection } from "../transport.ts";
import { encodeHealthRequest, isServing } from "./health-messages.ts";

const WATCH: Method = {
  path: "/grpc.health.v1.Health/Watch",
  unaryRequest: true,
  unaryResponse: false,
  idempotent: true,
};
/** A watch that breaks while its connection lives. gRFC A17: with exponential backoff, which begins anew after a response. */
const RETRY = { minMs: 100, baseMs: 1_000, maxMs: 30_000 } as const;

export interface HealthWatchDeps {
  /** The service to ask for; empty: the server as a whole. */
  readonly service: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ChannelEvents;
}

/** Watches until the returned function is called. The endpoint takes calls again then, as far as this is concerned. */
export function watchHealth(
  connection: Pick<Connection, "open">,
  load: EndpointLoad,
  deps: HealthWatchDeps,
): () => void {
  const watch = new HealthWatch(connection, load, deps);
  watch.start();
  return () => watch.stop();
}

type Health = "serving" | "not-serving" | "unsupported";

class HealthWatch implements StreamSink {
  readonly #connection: Pick<Connection, "open">;
  readonly #load: EndpointLoad;
  readonly #deps: HealthWatchDeps;
  #health: Health | undefined;
  #stream: Stream | undefined;
  #backoff = Backoff.first(RETRY);
  #retry: Timer | undefined;
  #hasStopped = false;

  constructor(connection: Pick<Connection, "open">, load: EndpointLoad, deps: HealthWatchDeps) {
    this.#connection = connection;
    this.#load = load;
    this.#deps = deps;
  }

  start(): void {
    this.#load.exclude("not-serving");
    this.#open();
  }

  stop(): void {
    this.#hasStopped = true;
    this.#retry?.cancel();
    this.#stream?.cancel();
    this.#load.admit("not-serving");
  }

  onHeaders(): void {}

  onDrain(): void {}

  onMessage(message: Uint8Array): void {
    if (this.#hasStopped) return;
    this.#backoff = Backoff.first(RETRY);
    this.#set(isServing(message) ? "serving" : "not-serving");
  }

  onEnd({ code, origin }: StreamEnd): void {
    if (this.#hasStopped) return;
    this.#stream = undefined;
    if (code === Status.unimplemented && origin === "server") return this.#set("unsupported");
    this.#set("not-serving");
    this.#openLater();
  }

  #open(): void {
    const head = {
      method: WATCH,
      metadata: Metadata.empty,
      timeoutMs: Number.POSITIVE_INFINITY,
      previousAttempts: 0,
    };
    this.#stream = this.#connection.open(head, this);
    if (this.#stream === undefined) this.#openLater();
    else this.#stream.sendMessage(encodeHealthRequest(this.#deps.service), true);
  }

  #openLater(): void {
    const { clock, random } = this.#deps;
    const backoff = this.#backoff;
    this.#backoff = backoff.next();
    this.#retry = clock.setTimer(backoff.delayMs(random), () => this.#open(), { unref: true });
  }

  #set(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    if (health === "not-serving") this.#load.exclude("not-serving");
    else this.#load.admit("not-serving");
    this.#deps.events.emit(() => ({ type: "health-changed", endpoint: this.#load.key, health }));
  }
}
