/**
 * The composition root: it makes the parts of a channel and connects them. A channel has two halves. This file holds the calls, from their
 * options to their ends; `channel-endpoints.ts` finds the endpoints and connects to them. The pick queue lies between: calls wait in it for
 * pickers. An import of the package reads the first half alone, and the second is loaded when a channel is made.
 *
 *   call ─► pick queue ─► attempt                       call/, balancer/pick-queue.ts
 *               ▲            │
 *            picker       outcome
 *               │            ▼
 *   endpoints, connections, health                      channel-endpoints.ts
 */

import { PickQueue } from "./balancer/pick-queue.ts";
import { Call } from "./call/call.ts";
import type { CallDeps } from "./call/call-deps.ts";
import { DeadlineWheel } from "./call/deadline.ts";
import { Hedging } from "./call/hedging.ts";
import { releaseRetryBudget, shareRetryBudget } from "./call/retry-budget.ts";
import { RetryPermits } from "./call/retry-permits.ts";
import { checkCall, checkTimeout } from "./call-arguments.ts";
import type { ChannelEndpoints } from "./channel-endpoints.ts";
import { type ChannelCode, ChannelLoading } from "./channel-loading.ts";
import {
  type ChannelOptions,
  checkedAuthority,
  type ResolvedChannelOptions,
  resolveChannelOptions,
} from "./channel-options.ts";
import { type ChannelSnapshot, explain } from "./channel-snapshot.ts";
import type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
import type { Channel } from "./client-channel.ts";
import type { Connectivity } from "./connectivity.ts";
import { ChannelCredentials } from "./credentials.ts";
import { ChannelError } from "./errors.ts";
import { type ChannelEventListener, ChannelEvents } from "./events.ts";
import { FleetLatency } from "./fleet-latency.ts";
import { currentInbound, withoutInbound } from "./inbound.ts";
import { type HttpProxy, proxyAddress, proxyOf } from "./proxy.ts";
import { Status } from "./status.ts";
import type { Target } from "./target.ts";
import { parseTarget } from "./target-uri.ts";

/**
 * Opens a channel to the service that `target` names: a string as gRPC writes it (`dns:///name:50051`,
 * `ipv4:10.0.10.7:50051`, `cloudmap:namespace/service`, `env:WORKFLOW_SERVICE`) or what `targetFromEnvironment` returns.
 *
 * Discovery and connecting begin at once, in the background. A call that comes before the first connection waits for it.
 * @throws ChannelError `invalid_argument` for a target or an option that cannot be right, in one line.
 */
export function createChannel(target: Target | string, options: ChannelOptions = {}): Channel {
  const parsed = typeof target === "string" ? parseTarget(target) : target;
  const resolved = resolveChannelOptions(options);
  // A channel serves many calls: what it begins is not begun for the inbound call during which it happens to be made.
  return withoutInbound(() => new ResolvingChannel(parsed, resolved));
}

class ResolvingChannel implements Channel {
  readonly target: Target;
  readonly #options: ResolvedChannelOptions;
  readonly #events = new ChannelEvents();
  readonly #latency = new FleetLatency();
  readonly #credentials: ChannelCredentials | undefined;
  readonly #proxy: HttpProxy | undefined;
  readonly #picks: PickQueue;
  readonly #callDeps: CallDeps;
  readonly #loading: ChannelLoading;
  /** Undefined until they are loaded. */
  #endpoints: ChannelEndpoints | undefined;
  #connectivity: Connectivity = "connecting";
  readonly #closed = Promise.withResolvers<void>();

  constructor(target: Target, options: ResolvedChannelOptions) {
    const { clock, random } = options;
    const events = this.#events;
    const latency = this.#latency;
    this.target = target;
    this.#options = options;
    const authority = options.authority ?? checkedAuthority("target.name", target.authority ?? target.name);
    this.#credentials = this.#openCredentials(options);
    this.#proxy = proxyOf(options.proxy, target.name);
    this.#picks = new PickQueue(options, {
      clock,
      explain: () => explain(this.snapshot()),
      onWaiting: () => this.#endpoints?.hurry(),
      canConnect: () => this.#endpoints !== undefined,
      onRefusal: () => withoutInbound(() => this.#loading.retry()),
      typicalMs: () => latency.p50Ms,
      onTooLate: ({ method }) => events.emit(() => ({ type: "call-too-late", method: method.path })),
    });
    const permits = new RetryPermits(shareRetryBudget(target.name), clock, events);
    this.#callDeps = {
      picks: this.#picks,
      clock,
      random,
      deadlines: new DeadlineWheel(clock),
      permits,
      rules: options,
      latency,
      hedging: options.hedging ? new Hedging(latency, permits) : undefined,
      events,
    };
    this.#loading = new ChannelLoading(
      options,
      { ...options, authority, tls: this.#credentials, proxy: this.#proxy },
      { onLoaded: (code) => this.#didLoad(code), onFault: (error) => this.#didNotLoad(error) },
    );
    this.#loading.start();
  }

  call(method: Method, options: CallOptions, sink: CallSink): ClientCall {
    checkCall(method, options);
    const timeoutMs =
      options.timeoutMs ??
      (method.unaryRequest && method.unaryResponse ? this.#options.unaryTimeoutMs : Number.POSITIVE_INFINITY);
    const inbound = options.inheritsInbound === false ? undefined : currentInbound();
    const remainingMs = inbound === undefined ? timeoutMs : Math.min(timeoutMs, Math.max(0, inbound.remainingMs()));
    return new Call(method, options, remainingMs, sink, this.#callDeps, inbound);
  }

  get connectivity(): Connectivity {
    return this.#connectivity;
  }

  watchConnectivity(listener: (connectivity: Connectivity) => void): () => void {
    return this.#events.on((event) => {
      if (event.type === "channel-connectivity-changed") listener(event.to);
    });
  }

  on(listener: ChannelEventListener): () => void {
    return this.#events.on(listener);
  }

  snapshot(): ChannelSnapshot {
    return {
      target: this.target.name,
      proxy: this.#proxy && proxyAddress(this.#proxy),
      transportError: this.#loading.error?.rawMessage,
      tiers: this.#endpoints?.snapshot() ?? [],
      waitingCalls: this.#picks.size,
      retryBudget: this.#callDeps.permits.balance,
    };
  }

  async close(graceMs = 10_000): Promise<void> {
    checkTimeout("graceMs", graceMs);
    if (this.#connectivity !== "shutdown") this.#closed.resolve(this.#close(graceMs));
    await this.#closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Called once. Listeners and the ends of calls may call `close` while this runs. */
  async #close(graceMs: number): Promise<void> {
    this.#setConnectivity("shutdown");
    this.#loading.stop();
    this.#credentials?.close();
    this.#picks.close(new ChannelError(Status.unavailable, `the channel to ${this.target.name} is closed`));
    await this.#endpoints?.close(graceMs);
    this.#callDeps.deadlines.stopIdle();
    releaseRetryBudget(this.target.name);
  }

  #openCredentials({ tls, clock }: ResolvedChannelOptions): ChannelCredentials | undefined {
    if (tls === undefined) return undefined;
    return new ChannelCredentials(tls, clock, {
      onRenewed: () => {
        this.#events.emit(() => ({ type: "certificates-renewed" }));
        this.#endpoints?.renew();
      },
      onFault: (reason) => this.#events.emit(() => ({ type: "certificates-refused", reason })),
    });
  }

  #didLoad({ Endpoints, transport }: ChannelCode): void {
    const endpoints = new Endpoints({
      target: this.target,
      options: this.#options,
      transport,
      keepsNames: this.#proxy !== undefined,
      events: this.#events,
      latency: this.#latency,
      calls: this.#picks,
      explain: () => explain(this.snapshot()),
      onConnectivity: (connectivity) => this.#setConnectivity(connectivity),
    });
    // Before the start: a listener of its events may close the channel.
    this.#endpoints = endpoints;
    endpoints.start();
    // A connect that takes `connectTimeoutMs` is the reason of the calls that have waited for it, where both times are equal.
    this.#picks.startWaits();
  }

  /** Of all calls, until one of them has tried again: no endpoint can be connected to. */
  #didNotLoad(error: ChannelError): void {
    this.#picks.refuse(error);
    this.#setConnectivity("transient-failure");
  }

  #setConnectivity(to: Connectivity): void {
    const from = this.#connectivity;
    if (from === to || from === "shutdown") return;
    this.#connectivity = to;
    this.#events.emit(() => ({ type: "channel-connectivity-changed", from, to }));
  }
}
