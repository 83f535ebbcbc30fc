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

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Connectivity } from "../connectivity.ts";
import { type Endpoint, type EndpointKey, endpointKey } from "../endpoint.ts";
import type { EndpointLoad, EndpointLoads } from "../endpoint-load.ts";
import type { ChannelEvents } from "../events.ts";
import type { PickedSubchannel } from "../picker.ts";
import { connectivityWhile, type ServerHealth, type WatchHealth } from "../server-health.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";
import { type Connection, type ConnectionListener, describeGoaway, type Goaway, type Transport } from "../transport.ts";
import { ExtraConnections, type ExtraListener } from "./extra-connections.ts";
import { Liveness } from "./liveness.ts";
import type { LivenessMonitor } from "./liveness-monitor.ts";
import { RateLimit } from "./rate-limit.ts";

/** 20 ms: a crowd that lost the same server does not come back in one tick. 5 s: a returning task waits no longer than its health check. */
const RECONNECT = { minMs: 20, baseMs: 100, maxMs: 5_000 } as const;
/** A connection that stayed this long proves the endpoint: the next failure is the first one again. */
const PROVEN_AFTER_MS = 10_000;
/** A connection that gets GOAWAY earlier than this, and has carried no call, was of no use. */
const SERVED_AFTER_MS = 1_000;
/**
 * GOAWAYs that are followed by the next connection at once: 2 a second. A server that ends connections by age or on a
 * schedule stays far below it; one that ends each after its first answer costs two handshakes a second and short waits.
 */
const RECONNECTS = { burst: 2, perSecond: 2 } as const;
/** Behind a load balancer a connection sticks to one task, so it is renewed: 5 min ± 20 % spreads a fleet's renewals. */
const RECYCLE_MS = 300_000;
const RECYCLE_JITTER = 0.2;
/** Why a connection is recycled, for the event. */
const MAX_AGE = "max age";
const RENEWED = "the certificates were renewed";
/** HTTP/2's ENHANCE_YOUR_CALM with gRPC's debug data (gRFC A8): PINGs come half as often from then on, and at the least 64 times less often. */
const TOO_MANY_PINGS = { errorCode: 11, debug: "too_many_pings" } as const;
const MAX_PING_SCALE = 64;

type State =
  /** `rest`: connects by itself when it ends, and not before. */
  | { readonly kind: "idle"; readonly rest: Timer | undefined }
  | {
      readonly kind: "connecting";
      readonly connection: Connection;
      readonly sinceMs: number;
      readonly backoff: Backoff;
    }
  | {
      readonly kind: "ready";
      readonly connection: Connection;
      readonly sinceMs: number;
      readonly backoff: Backoff;
      readonly recycle: Timer | undefined;
    }
  | {
      readonly kind: "transient-failure";
      readonly retry: Timer;
      readonly retryAtMs: number;
      readonly backoff: Backoff;
      readonly error: Error;
    }
  | { readonly kind: "shutdown" };

const IDLE: State = { kind: "idle", rest: undefined };
const ASKING: ServerHealth = { kind: "asking" };

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
  /** A connection that is being made to replace the current one. */
  #successor: Connection | undefined;
  /** Every connection that has not closed yet: the current one, a successor, extra ones, and those that drain. */
  readonly #connections = new Map<Connection, Liveness>();
  readonly #extras: ExtraConnections;
  readonly #reconnects: RateLimit;
  /** Whether the certificates have changed since the connection was begun that is being made. */
  #isStale = false;
  /** Whether a call has been opened on the current connection. */
  #wasUsed = false;
  /** Of the current connection, while it is ready. */
  #liveness: Liveness | undefined;
  #pingScale = 1;
  /** Of the server, while the connection is ready. */
  #health: ServerHealth = ASKING;
  /** Ends the watch on the current connection. */
  #endWatch: (() => void) | undefined;
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
    this.#extras = new ExtraConnections({
      clock: deps.clock,
      maxConnections: deps.maxConnections,
      open: (extra) => this.#openBeside(extra),
      stateOf: (connection) => this.#connections.get(connection)?.state,
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
    return this.#state.kind === "ready" ? connectivityWhile(this.#health) : this.#state.kind;
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
    const isNotServing = this.#state.kind === "ready" && this.#health.kind === "not-serving";
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
    if (this.#state.kind === "idle" && this.#state.rest === undefined) this.#startConnecting(Backoff.first(RECONNECT));
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
    const state = this.#state;
    if (state.kind === "connecting") this.#isStale = true;
    if (state.kind !== "ready") return;
    this.#extras.drain(reason);
    state.recycle?.cancel();
    this.#state = { ...state, recycle: this.#setRecycleTimer(this.#deps.random() * withinMs, reason) };
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
    if (!connection.hasRoom) return this.#openExtra(head, sink);
    this.#liveness?.didOpenStream();
    this.#deps.monitor.didOpenStream();
    const stream = connection.open(head, sink);
    this.#extras.growBeside(connection);
    return stream;
  }

  #openExtra(head: StreamHead, sink: StreamSink): Stream | undefined {
    const connection = this.#extras.withRoom;
    if (connection === undefined || this.#state.kind !== "ready") return undefined;
    this.#connections.get(connection)?.didOpenStream();
    this.#deps.monitor.didOpenStream();
    const stream = connection.open(head, sink);
    this.#extras.growBeside(this.#state.connection);
    return stream;
  }

  /** Takes no more calls; open streams may finish. */
  shutdown(reason: string): void {
    const state = this.#state;
    if (state.kind === "shutdown") return;
    this.#transition({ kind: "shutdown" });
    this.#successor?.destroy(new Error(reason));
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
    for (const connection of this.#connections.keys()) connection.destroy(new Error(reason));
  }

  #startConnecting(backoff: Backoff): void {
    this.#isStale = false;
    const connection = this.#open((self) => ({
      onReady: () => this.#didBecomeReady(self(), backoff),
      onGoaway: (goaway) => this.#didReceiveGoaway(self(), goaway),
      onClose: (error) => this.#didClose(self(), error),
    }));
    this.#transition({ kind: "connecting", connection, sinceMs: this.#deps.clock.now(), backoff });
  }

  /** A listener refers to its connection, which exists only after the listener has been passed to `connect`. */
  #open(listenerOf: (self: () => Connection) => Omit<ConnectionListener, "onRoom">): Connection {
    const listener = listenerOf(() => connection);
    const connection: Connection = this.#deps.transport.connect(this.endpoint, {
      onReady: () => {
        liveness.didBecomeReady();
        this.#deps.monitor.add(liveness);
        listener.onReady();
      },
      onRoom: () => this.#listener.onRoom(),
      onGoaway: (goaway) => listener.onGoaway(goaway),
      onClose: (error) => {
        this.#deps.monitor.delete(liveness);
        this.#connections.delete(connection);
        listener.onClose(error);
        liveness.didClose();
        this.#listener.onConnectionClosed(this);
      },
    });
    const liveness = this.#livenessOf(connection);
    this.#connections.set(connection, liveness);
    return connection;
  }

  /** An extra connection, which becomes the current one when that ends first. */
  #openBeside(extra: ExtraListener): Connection {
    return this.#open((self) => ({
      onReady: () => extra.onReady(),
      onGoaway: (goaway) => {
        if (this.#isCurrent(self())) return this.#didReceiveGoaway(self(), goaway);
        // A second GOAWAY of the same connection changes nothing.
        if (extra.onEnd()) this.#drain(self(), describeGoaway(goaway));
      },
      onClose: (error) => {
        extra.onEnd();
        this.#didClose(self(), error);
      },
    }));
  }

  #livenessOf(connection: Connection): Liveness {
    const { clock, monitor } = this.#deps;
    const deps = { clock, options: monitor.options, load: this.load, scale: () => this.#pingScale };
    return new Liveness(connection, deps, {
      onLiveness: () => {
        this.#updateEligibility();
        if (this.#connections.get(connection)?.isUnverified === true) this.#extras.didBecomeIdle(connection);
      },
      onDead: (reason, wasIdle) => this.#abandon(connection, reason, wasIdle),
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
    if (wasIdle && this.#isCurrent(connection)) this.#reconnect(Backoff.first(RECONNECT));
    connection.destroy(new Error(reason));
  }

  #didBecomeReady(connection: Connection, backoff: Backoff): void {
    if (this.#state.kind !== "connecting" || this.#state.connection !== connection) return;
    this.#lastError = undefined;
    this.#becomeReadyOn(connection, backoff);
  }

  #becomeReadyOn(connection: Connection, backoff: Backoff): void {
    this.#wasUsed = false;
    this.#transition({
      kind: "ready",
      connection,
      sinceMs: this.#deps.clock.now(),
      backoff,
      recycle: this.#nextRecycle(),
    });
  }

  #nextRecycle(): Timer | undefined {
    if (this.#isStale) {
      this.#isStale = false;
      return this.#setRecycleTimer(0, RENEWED);
    }
    return this.endpoint.kind === "load-balancer" ? this.#setRecycleTimer() : undefined;
  }

  #didReceiveGoaway(connection: Connection, goaway: Goaway): void {
    if (!this.#isCurrent(connection)) return;
    const reason = describeGoaway(goaway);
    if (goaway.errorCode === TOO_MANY_PINGS.errorCode && goaway.debug.includes(TOO_MANY_PINGS.debug))
      this.#pingScale = Math.min(MAX_PING_SCALE, 2 * this.#pingScale);
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
    const backoff = this.#backoffAfter(this.#state);
    if (this.#hasServed(goaway)) {
      if (this.#reconnects.tryTake()) this.#reconnect(Backoff.first(RECONNECT));
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
    const connection = this.#successor;
    if (connection === undefined) return this.#startConnecting(backoff);
    this.#successor = undefined;
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
    if (this.#liveness?.state === "verifying") this.#reconnect(Backoff.first(RECONNECT));
    else if (!this.#goOnWithExtra()) this.#didFail(error ?? new Error(`${this.key} closed the connection`));
  }

  #didFail(error: Error): void {
    const state = this.#state;
    this.#lastFailureMs = this.#deps.clock.now();
    this.#lastError = error;
    const backoff = this.#backoffAfter(state);
    this.#waitToRetry(backoff, error, backoff.delayMs(this.#deps.random));
  }

  #hasServed({ lastStreamId }: Goaway): boolean {
    const state = this.#state;
    if (state.kind !== "ready") return false;
    return (this.#wasUsed && lastStreamId > 0) || this.#deps.clock.now() - state.sinceMs >= SERVED_AFTER_MS;
  }

  #backoffAfter(state: State): Backoff {
    if (state.kind === "connecting") return state.backoff;
    if (state.kind !== "ready" || this.#deps.clock.now() - state.sinceMs >= PROVEN_AFTER_MS)
      return Backoff.first(RECONNECT);
    return state.backoff;
  }

  #waitToRetry(backoff: Backoff, error: Error, delayMs: number): void {
    const { clock } = this.#deps;
    const retry = clock.setTimer(delayMs, () => this.#startConnecting(backoff.next()), { unref: true });
    this.#transition({ kind: "transient-failure", retry, retryAtMs: clock.now() + delayMs, backoff, error });
  }

  #setRecycleTimer(delayMs = this.#recycleMs(), reason = MAX_AGE): Timer {
    return this.#deps.clock.setTimer(delayMs, () => this.#recycle(reason), { unref: true });
  }

  #recycleMs(): number {
    return RECYCLE_MS * (1 + RECYCLE_JITTER * (2 * this.#deps.random() - 1));
  }

  /**
   * Make before break: the old connection serves until the next one has answered a PING, and stays if the next one fails. SETTINGS
   * are no proof: with TLS 1.3 a server refuses a client certificate after the client's side of the handshake is done.
   */
  #recycle(reason: string): void {
    const old = this.#state;
    if (old.kind !== "ready") return;
    // A successor that is still on its way was begun with other certificates, or hangs.
    const late = this.#successor;
    this.#successor = undefined;
    late?.destroy(new Error(reason));
    this.#state = { ...old, recycle: this.#setRecycleTimer() };
    this.#successor = this.#open((self) => ({
      onReady: () => void self().ping(() => this.#didProve(self(), old.connection, old.backoff, reason)),
      onGoaway: (goaway) => this.#didReceiveGoaway(self(), goaway),
      onClose: (error) => {
        // It has become the current one since, and the successor may be the next one after it.
        if (this.#successor !== self()) return this.#didClose(self(), error);
        this.#successor = undefined;
        if (error !== undefined)
          this.#deps.events.emit(() => ({ type: "recycle-failed", endpoint: this.key, reason, error }));
      },
    }));
  }

  #didProve(successor: Connection, old: Connection, backoff: Backoff, reason: string): void {
    if (this.#isCurrent(successor)) return this.#didBecomeReady(successor, backoff);
    if (this.#successor === successor) this.#successor = undefined;
    if (!this.#isCurrent(old)) return successor.destroy(new Error("no longer needed"));
    this.#becomeReadyOn(successor, backoff);
    this.#drain(old, reason);
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
    if (from.kind === "ready") from.recycle?.cancel();
    if (next.kind !== "ready") this.#extras.drain("the endpoint's current connection has ended");
    this.#endWatch?.();
    this.#endWatch = undefined;
    this.#state = next;
    this.#liveness = next.kind === "ready" ? this.#connections.get(next.connection) : undefined;
    this.#updateEligibility();
    if (next.kind === "ready") this.#watchHealth(next.connection, from.kind === "ready");
    this.#publish(next.kind === "transient-failure" ? next.error : undefined);
  }

  /** A connection that replaces a ready one begins with what the server has said there: calls go on while it is asked again. */
  #watchHealth(connection: Connection, isReplacement: boolean): void {
    const { watchHealth } = this.#deps;
    if (watchHealth === undefined) this.#health = { kind: "serving" };
    else if (!isReplacement) this.#health = ASKING;
    this.#endWatch = watchHealth?.(connection, (health) => this.#didLearnHealth(health));
  }

  #didLearnHealth(health: ServerHealth): void {
    const before = this.#health;
    this.#health = health;
    const error = health.kind === "not-serving" ? new Error(`${this.key} ${health.reason}`) : undefined;
    if (health.kind !== "asking") this.#lastError = error;
    const { kind } = health;
    if (kind !== "asking" && kind !== before.kind)
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
