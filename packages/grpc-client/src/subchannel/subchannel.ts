/**
 * One endpoint and its connections. In: `connect`, `shutdown`, and the events of the connections. Out: the connectivity state,
 * and streams while it is `ready`. It never queues a call and never chooses an endpoint for one.
 *
 *           connect()            SETTINGS arrived
 *    idle ────────────► connecting ─────────────► ready ──┐ recycle: the next connection is made
 *     ▲  ▲                │     ▲                  │  ▲   │ before the old one drains
 *     │  │     failed, or │     │ retryAt passed   │  └───┘
 *     │  │     timed out  ▼     │                  │
 *     │  │            transient-failure ◄──────────┤ lost, or GOAWAY with an error
 *     │  └─────────────── GOAWAY ──────────────────┘
 *     └── (an orderly GOAWAY is no failure: the endpoint is connected again at once, before the old connection has drained)
 *
 *    shutdown() leads from every state to `shutdown`; open streams may finish.
 *
 * Where the server's health is watched (`watchHealth`), `ready` shows as `connecting` until the server has answered, and as
 * `transient-failure` while it does not serve. The connection stays, with the streams on it.
 */

import type { Backoff } from "@agent-team/foundation/backoff";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Connectivity } from "../connectivity.ts";
import { type Endpoint, type EndpointKey, endpointKey } from "../endpoint.ts";
import type { EndpointLoad, EndpointLoads } from "../endpoint-load.ts";
import type { ChannelEvents } from "../events.ts";
import type { PickedSubchannel } from "../picker.ts";
import type { ServerHealth, WatchHealth } from "../server-health.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";
import { type Connection, describeGoaway, type Goaway, type Transport } from "../transport.ts";
import { Connections } from "./connections.ts";
import { ExtraConnections, type ExtraListener } from "./extra-connections.ts";
import { FollowedHealth } from "./followed-health.ts";
import type { Liveness } from "./liveness.ts";
import type { LivenessMonitor } from "./liveness-monitor.ts";
import { RateLimit } from "./rate-limit.ts";
import { RENEWED, Renewal } from "./renewal.ts";
import { backoffAfter, firstBackoff, hasServed, IDLE, type ReadyState, type State } from "./states.ts";

/**
 * GOAWAYs that are followed by the next connection at once: 2 a second. A server that ends connections by age or on a
 * schedule stays far below it; one that ends each after its first answer costs two handshakes a second and short waits.
 */
const RECONNECTS = { burst: 2, perSecond: 2 } as const;

export interface SubchannelDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ChannelEvents;
  readonly loads: EndpointLoads;
  readonly monitor: LivenessMonitor;
  /** Most connections to one endpoint at the same time, beside those that drain. */
  readonly maxConnections: number;
  /** Undefined: every server counts as serving. */
  readonly watchHealth: WatchHealth | undefined;
}

/** Receives the events of one subchannel. */
export interface SubchannelListener {
  onConnectivity(subchannel: Subchannel, from: Connectivity): void;
  /** The peer sent GOAWAY, which often means that the endpoint set has changed. */
  onGoaway(subchannel: Subchannel): void;
  /** Its connection was full, and can open a stream again. */
  onRoom(): void;
  /** One of its connections has closed. */
  onConnectionClosed(subchannel: Subchannel): void;
}

export class Subchannel implements PickedSubchannel {
  readonly key: EndpointKey;
  readonly load: EndpointLoad;
  #endpoint: Endpoint;
  readonly #deps: SubchannelDeps;
  readonly #listener: SubchannelListener;
  #state: State = IDLE;
  readonly #connections: Connections;
  readonly #extras: ExtraConnections;
  readonly #renewal: Renewal;
  readonly #reconnects: RateLimit;
  /** Whether a call has been opened on the current connection. */
  #wasUsed = false;
  /** Of the current connection, while it is ready. */
  #liveness: Liveness | undefined;
  readonly #health: FollowedHealth;
  /** What the listener was told last. */
  #published: Connectivity = "idle";
  #lastError: Error | undefined;
  #lastFailureMs = Number.NEGATIVE_INFINITY;

  constructor(endpoint: Endpoint, deps: SubchannelDeps, listener: SubchannelListener) {
    this.#endpoint = endpoint;
    this.key = endpointKey(endpoint);
    this.load = deps.loads.of(this.key);
    this.#deps = deps;
    this.#listener = listener;
    this.#reconnects = new RateLimit(RECONNECTS, deps.clock);
    this.#connections = this.#createConnections();
    this.#renewal = this.#createRenewal();
    this.#health = new FollowedHealth(deps.watchHealth, (health, hasChanged) =>
      this.#didLearnHealth(health, hasChanged),
    );
    this.#extras = new ExtraConnections({
      clock: deps.clock,
      maxConnections: deps.maxConnections,
      open: (extra) => this.#openBeside(extra),
      stateOf: (connection) => this.#connections.livenessOf(connection)?.state,
      drain: (connection, reason) => this.#drain(connection, reason),
      onRoom: () => listener.onRoom(),
    });
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** Takes the new attributes of the same address: priority, weight, zone, name. */
  updateEndpoint(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
  }

  get connectivity(): Connectivity {
    return this.#state.kind === "ready" ? this.#health.connectivity : this.#state.kind;
  }

  /** Since when it has been connecting, on the clock's scale; undefined: it is not. */
  get connectingSinceMs(): number | undefined {
    return this.#state.kind === "connecting" ? this.#state.sinceMs : undefined;
  }

  /** Of the last failed or lost connection, or why the server does not serve; undefined again once it is ready. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * When it last failed to connect or lost its connection, on the clock's scale; −∞ when never, ∞ while the server says that it does
   * not serve: no connection is on its way then that a call could wait for.
   */
  get lastFailureMs(): number {
    const isNotServing = this.#state.kind === "ready" && this.#health.isNotServing;
    return isNotServing ? Number.POSITIVE_INFINITY : this.#lastFailureMs;
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  get hasRoom(): boolean {
    return this.#state.kind === "ready" && (this.#state.connection.hasRoom || this.#extras.withRoom !== undefined);
  }

  /** Starts to connect unless it is connecting, connected, or waiting to do so by itself. */
  connect(): void {
    if (this.#state.kind === "idle" && this.#state.rest === undefined) this.#startConnecting(firstBackoff());
  }

  /** A call waits: a retry that is due later than in `withinMs` is brought forward. */
  hurry(withinMs: number): void {
    const state = this.#state;
    // Called again and again while a call waits: a retry that was drawn anew each time would never come.
    if (state.kind !== "transient-failure" || state.retryAtMs - this.#deps.clock.now() <= withinMs) return;
    state.retry.cancel();
    this.#waitToRetry(state.backoff, state.error, this.#deps.random() * withinMs);
  }

  /**
   * A connection that was begun before is replaced within `withinMs`, make before break. Default reason: the certificates have
   * changed.
   */
  renew(withinMs: number, reason: string = RENEWED): void {
    if (this.#state.kind === "connecting") this.#renewal.didBecomeStale();
    if (this.#state.kind !== "ready") return;
    this.#extras.drain(reason);
    this.#renewal.renew(withinMs, reason);
  }

  /**
   * A call waits: an idle connection is asked whether it still exists, or replaced if its peer admits no further PING. Returns
   * whether there was one to verify.
   */
  verify(): boolean {
    const state = this.#state;
    if (state.kind !== "ready" || this.#liveness?.state !== "unverified") return false;
    if (!this.#liveness.verify())
      this.#abandon(state.connection, "was idle, and its peer admits no further PING", true);
    return true;
  }

  open(head: StreamHead, sink: StreamSink): Stream | undefined {
    if (this.#state.kind !== "ready") return undefined;
    this.#wasUsed = true;
    const { connection } = this.#state;
    const withRoom = connection.hasRoom ? connection : this.#extras.withRoom;
    if (withRoom === undefined) return undefined;
    const stream = this.#connections.openStream(withRoom, head, sink);
    this.#extras.growBeside(connection);
    return stream;
  }

  /** Takes no more calls; open streams may finish. */
  shutdown(reason: string): void {
    const state = this.#state;
    if (state.kind === "shutdown") return;
    this.#transition({ kind: "shutdown" });
    this.#renewal.destroySuccessor(reason);
    switch (state.kind) {
      case "idle":
        return state.rest?.cancel();
      case "connecting":
        return state.connection.destroy(new Error(reason));
      case "ready":
        return this.#drain(state.connection, reason);
      case "transient-failure":
        return state.retry.cancel();
      default:
        state satisfies never;
    }
  }

  /** Ends every connection now, with the streams on it. */
  destroy(reason: string): void {
    this.shutdown(reason);
    this.#connections.destroy(new Error(reason));
  }

  #startConnecting(backoff: Backoff): void {
    this.#renewal.didBeginConnecting();
    const connection = this.#connections.open({
      onReady: (opened) => this.#didBecomeReady(opened, backoff),
      onGoaway: (opened, goaway) => this.#didReceiveGoaway(opened, goaway),
      onClose: (opened, error) => this.#didClose(opened, error),
    });
    this.#transition({ kind: "connecting", connection, sinceMs: this.#deps.clock.now(), backoff });
  }

  /** An extra connection, which becomes the current one when that ends first. */
  #openBeside(extra: ExtraListener): Connection {
    return this.#connections.open({
      onReady: () => extra.onReady(),
      onGoaway: (opened, goaway) => {
        if (this.#isCurrent(opened)) return this.#didReceiveGoaway(opened, goaway);
        // A second GOAWAY of the same connection changes nothing.
        if (extra.onEnd()) this.#drain(opened, describeGoaway(goaway));
      },
      onClose: (opened, error) => {
        extra.onEnd();
        this.#didClose(opened, error);
      },
    });
  }

  #createConnections(): Connections {
    const { load } = this;
    return new Connections({
      ...this.#deps,
      load,
      endpoint: () => this.endpoint,
      onRoom: () => this.#listener.onRoom(),
      onLiveness: (connection, { isUnverified }) => {
        this.#updateEligibility();
        if (isUnverified) this.#extras.didBecomeIdle(connection);
      },
      onDead: (connection, reason, wasIdle) => this.#abandon(connection, reason, wasIdle),
      onClosed: () => this.#listener.onConnectionClosed(this),
    });
  }

  #createRenewal(): Renewal {
    const { clock, random, events } = this.#deps;
    return new Renewal({
      clock,
      random,
      open: (listener) => this.#connections.open(listener),
      isAged: () => this.endpoint.kind === "load-balancer",
      ready: () => (this.#state.kind === "ready" ? this.#state : undefined),
      onProven: (successor, old, reason) => this.#didProve(successor, old, reason),
      onGoaway: (connection, goaway) => this.#didReceiveGoaway(connection, goaway),
      onClose: (connection, error) => this.#didClose(connection, error),
      onFailed: (reason, error) => {
        events.emit(() => ({ type: "recycle-failed", endpoint: this.key, reason, error }));
      },
    });
  }

  /** Calls avoid an endpoint whose connection may be lost. Only the current connection counts: the others take no calls. */
  #updateEligibility(): void {
    const { load } = this;
    load.isInDoubt = this.#liveness?.state === "pinged";
    if (this.#liveness?.isUnverified === true) load.exclude("unverified");
    else load.admit("unverified");
    if (this.#liveness?.state === "suspect") load.exclude("suspect");
    else load.admit("suspect");
  }

  /** Closes a connection whose peer does not answer. An idle one is no failure: calls wait for the next connection. */
  #abandon(connection: Connection, what: string, wasIdle: boolean): void {
    const reason = `${this.key} ${what}`;
    this.#deps.events.emit(() => ({ type: "connection-abandoned", endpoint: this.key, reason, wasIdle }));
    if (wasIdle && this.#isCurrent(connection)) this.#reconnect(firstBackoff());
    connection.destroy(new Error(reason));
  }

  #didBecomeReady(connection: Connection, backoff: Backoff): void {
    if (this.#state.kind !== "connecting" || this.#state.connection !== connection) return;
    this.#lastError = undefined;
    this.#becomeReadyOn(connection, backoff);
  }

  #becomeReadyOn(connection: Connection, backoff: Backoff): void {
    this.#wasUsed = false;
    this.#transition({ kind: "ready", connection, sinceMs: this.#deps.clock.now(), backoff });
  }

  #didReceiveGoaway(connection: Connection, goaway: Goaway): void {
    if (!this.#isCurrent(connection)) return;
    const reason = describeGoaway(goaway);
    this.#connections.didReceiveGoaway(goaway);
    this.#drain(connection, reason);
    const error = new Error(`${this.key} sent ${reason}`);
    if (this.#goOnWithExtra()) this.#lastError = goaway.errorCode === 0 ? undefined : error;
    else if (goaway.errorCode === 0) this.#didEndOrderly(goaway, error);
    else this.#didFail(error);
    this.#listener.onGoaway(this);
  }

  /** The current connection has ended. Whether another one is ready in its place. */
  #goOnWithExtra(): boolean {
    if (this.#state.kind !== "ready") return false;
    const { backoff } = this.#state;
    const connection = this.#extras.take();
    if (connection === undefined) return false;
    this.#becomeReadyOn(connection, backoff);
    return true;
  }

  /** Connects again at once, within a rate: the endpoint may be gone, but only the resolver knows, and calls need not wait for it. */
  #didEndOrderly(goaway: Goaway, error: Error): void {
    const nowMs = this.#deps.clock.now();
    const backoff = backoffAfter(this.#state, nowMs);
    if (hasServed(this.#state, goaway, this.#wasUsed, nowMs)) {
      if (this.#reconnects.tryTake()) this.#reconnect(firstBackoff());
      else this.#rest(backoff);
    } else if (backoff.isFirst && this.#reconnects.tryTake()) {
      this.#reconnect(backoff.next());
    } else {
      // A server that sends GOAWAY to every new connection at once is failing, also with NO_ERROR.
      this.#didFail(error);
    }
  }

  /** One connection at a time: a successor that is already connecting is the next one. */
  #reconnect(backoff: Backoff): void {
    this.#transition(IDLE);
    if (this.#state !== IDLE) return; // the listener has connected or shut it down
    const connection = this.#renewal.takeSuccessor();
    if (connection === undefined) return this.#startConnecting(backoff);
    this.#transition({ kind: "connecting", connection, sinceMs: this.#deps.clock.now(), backoff });
  }

  /** Above the rate of reconnects. No failure: calls without another endpoint wait until the rest is over. */
  #rest(backoff: Backoff): void {
    const { clock, random } = this.#deps;
    const rest = clock.setTimer(backoff.delayMs(random), () => this.#reconnect(backoff.next()), { unref: true });
    this.#transition({ kind: "idle", rest });
  }

  #didClose(connection: Connection, error: Error | undefined): void {
    if (!this.#isCurrent(connection)) return;
    // The answer to the PING was a reset: the peer is there, and has forgotten the connection.
    if (this.#liveness?.state === "verifying") this.#reconnect(firstBackoff());
    else if (!this.#goOnWithExtra()) this.#didFail(error ?? new Error(`${this.key} closed the connection`));
  }

  #didFail(error: Error): void {
    this.#lastFailureMs = this.#deps.clock.now();
    this.#lastError = error;
    const backoff = backoffAfter(this.#state, this.#lastFailureMs);
    this.#waitToRetry(backoff, error, backoff.delayMs(this.#deps.random));
  }

  #waitToRetry(backoff: Backoff, error: Error, delayMs: number): void {
    const { clock } = this.#deps;
    const retry = clock.setTimer(delayMs, () => this.#startConnecting(backoff.next()), { unref: true });
    this.#transition({ kind: "transient-failure", retry, retryAtMs: clock.now() + delayMs, backoff, error });
  }

  #didProve(successor: Connection, old: ReadyState, reason: string): void {
    if (this.#isCurrent(successor)) return this.#didBecomeReady(successor, old.backoff);
    this.#renewal.release(successor);
    if (!this.#isCurrent(old.connection)) return successor.destroy(new Error("no longer needed"));
    this.#becomeReadyOn(successor, old.backoff);
    this.#drain(old.connection, reason);
  }

  #drain(connection: Connection, reason: string): void {
    this.#deps.events.emit(() => ({ type: "connection-draining", endpoint: this.key, reason }));
    connection.drain();
  }

  #isCurrent(connection: Connection): boolean {
    return (this.#state.kind === "connecting" || this.#state.kind === "ready") && this.#state.connection === connection;
  }

  #transition(next: State): void {
    const from = this.#state;
    if (from.kind === "ready") this.#renewal.stop();
    if (next.kind !== "ready") this.#extras.drain("the endpoint's current connection has ended");
    this.#health.stop();
    this.#state = next;
    this.#liveness = next.kind === "ready" ? this.#connections.livenessOf(next.connection) : undefined;
    this.#updateEligibility();
    if (next.kind === "ready") {
      this.#renewal.start();
      this.#health.follow(next.connection, from.kind === "ready");
    }
    this.#publish(next.kind === "transient-failure" ? next.error : undefined);
  }

  #didLearnHealth(health: ServerHealth, hasChanged: boolean): void {
    const { kind } = health;
    const error = kind === "not-serving" ? new Error(`${this.key} ${health.reason}`) : undefined;
    if (kind !== "asking") this.#lastError = error;
    if (kind !== "asking" && hasChanged)
      this.#deps.events.emit(() => ({
        type: "health-changed",
        endpoint: this.key,
        health: kind,
        reason: error?.message,
      }));
    this.#publish(error);
  }

  #publish(error: Error | undefined): void {
    const from = this.#published;
    const to = this.connectivity;
    if (from === to) return;
    this.#published = to;
    this.#deps.events.emit(() => ({ type: "connectivity-changed", endpoint: this.key, from, to, error }));
    this.#listener.onConnectivity(this, from);
  }
}
