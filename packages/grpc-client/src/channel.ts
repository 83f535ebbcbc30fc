/**
 * The composition root: it makes the parts of a channel and connects them, in the order in which a call uses them.
 * `resolver/` finds the endpoints, `subchannel/` connects to them, `balancer/` chooses one, `call/` makes the call.
 * No other file imports all of these.
 *
 *   target ─► tiers ─► pool of subchannels ─► balancer ─► pick queue ─► call ─► attempt
 *               ▲              │                                          │
 *               └── refresh ◄──┴───────────── connectivity, GOAWAY ◄──────┘
 */

import { Balancer } from "./balancer/balancer.ts";
import { Costs } from "./balancer/costs.ts";
import { PickQueue } from "./balancer/pick-queue.ts";
import { Subset } from "./balancer/subset.ts";
import { Call } from "./call/call.ts";
import type { CallDeps } from "./call/call-deps.ts";
import { DeadlineWheel } from "./call/deadline.ts";
import { Hedging } from "./call/hedging.ts";
import { releaseRetryBudget, shareRetryBudget } from "./call/retry-budget.ts";
import { RetryPermits } from "./call/retry-permits.ts";
import { checkCall, checkTimeout } from "./call-arguments.ts";
import { Fleet } from "./channel-fleet.ts";
import {
  type ChannelOptions,
  checkedAuthority,
  type ResolvedChannelOptions,
  resolveChannelOptions,
} from "./channel-options.ts";
import { type ChannelSnapshot, explain } from "./channel-snapshot.ts";
import { openEndpointFile, tiersOf } from "./channel-tiers.ts";
import { ChannelTransport } from "./channel-transport.ts";
import type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
import type { Channel } from "./client-channel.ts";
import type { Connectivity } from "./connectivity.ts";
import { ChannelCredentials } from "./credentials.ts";
import { EndpointSet } from "./endpoint.ts";
import { type EndpointLoad, EndpointLoads } from "./endpoint-load.ts";
import { ChannelError } from "./errors.ts";
import { type ChannelEventListener, ChannelEvents } from "./events.ts";
import { CircuitBreakers } from "./health/circuit-breaker.ts";
import { checkHealth } from "./health/health-check.ts";
import { watchHealth } from "./health/health-watch.ts";
import { OutlierDetection } from "./health/outlier-detection.ts";
import { OverloadLimit } from "./health/overload-limit.ts";
import { currentInbound } from "./inbound.ts";
import type { OutcomeKind } from "./outcome.ts";
import { readOwnZone } from "./own-zone.ts";
import { type HttpProxy, proxyAddress, proxyOf } from "./proxy.ts";
import type { SavedEndpoints } from "./resolver/saved-endpoints.ts";
import { type TierPlan, Tiers } from "./resolver/tiers.ts";
import type { WatchHealth } from "./server-health.ts";
import { Status } from "./status.ts";
import { LivenessMonitor } from "./subchannel/liveness-monitor.ts";
import { type PoolListener, SubchannelPool } from "./subchannel/pool.ts";
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
  return new ResolvingChannel(parsed, resolveChannelOptions(options));
}

class ResolvingChannel implements Channel {
  readonly target: Target;
  readonly #options: ResolvedChannelOptions;
  readonly #events = new ChannelEvents();
  readonly #tiers: Tiers;
  readonly #pool: SubchannelPool;
  readonly #fleet: Fleet;
  readonly #costs: Costs;
  readonly #credentials: ChannelCredentials | undefined;
  readonly #proxy: HttpProxy | undefined;
  readonly #transport: ChannelTransport;
  readonly #outliers: OutlierDetection | undefined;
  readonly #breakers: CircuitBreakers | undefined;
  readonly #balancer: Balancer;
  readonly #picks: PickQueue;
  readonly #callDeps: CallDeps;
  readonly #closed = Promise.withResolvers<void>();
  readonly #file: SavedEndpoints | undefined;
  #plan: TierPlan | undefined;
  /** Of each set of the plan the endpoints that this client connects to. */
  #used: readonly EndpointSet[] = [];
  readonly #subset: Subset;
  #ownZone: string | undefined;
  #updateIsScheduled = false;
  #hurryIsScheduled = false;
  #isClosing = false;
  #connectivity: Connectivity = "connecting";

  constructor(target: Target, options: ResolvedChannelOptions) {
    const { clock, random } = options;
    const events = this.#events;
    this.target = target;
    this.#options = options;
    this.#ownZone = options.zone;
    const authority = options.authority ?? checkedAuthority("target.name", target.authority ?? target.name);
    this.#costs = new Costs(options);
    this.#subset = this.#createSubset();
    this.#outliers = this.#createOutlierDetection();
    this.#breakers = this.#createCircuitBreakers();
    const learners = [this.#outliers, this.#breakers].flatMap((health) => health?.createLearner ?? []);
    if (options.overloadLimit) learners.push((load) => new OverloadLimit(load, () => this.#didGetRoom()));
    const loads = new EndpointLoads({
      clock,
      learners: [this.#costs.createLearner, ...learners],
      onEligibility: (load) => this.#didChangeEligibility(load),
      onProbe: () => this.#scheduleUpdate(),
    });
    this.#credentials = this.#openCredentials(options);
    this.#proxy = proxyOf(options.proxy, target.name);
    const transport = new ChannelTransport(
      options,
      { ...options, authority, tls: this.#credentials, proxy: this.#proxy },
      clock,
      { onLoaded: () => this.#didLoadTransport(), onFault: (error) => this.#didNotLoadTransport(error) },
    );
    this.#transport = transport;

    this.#file = openEndpointFile(target, options, (path, reason) =>
      events.emit(() => ({ type: "endpoint-file-ignored", path, reason })),
    );
    this.#tiers = new Tiers({
      tiers: tiersOf(target, options, {
        file: this.#file,
        reachOf: (key) => this.#fleet.reachOf(key),
        keepsNames: this.#proxy !== undefined,
      }),
      clock,
      events,
      options,
      onPlan: (plan) => this.#didPlan(plan),
    });
    const monitor = new LivenessMonitor(options, clock);
    const maxConnections = options.maxConnectionsPerEndpoint;
    this.#pool = new SubchannelPool(
      { transport, clock, random, events, loads, monitor, maxConnections, watchHealth: this.#healthWatcher() },
      this.#poolListener(),
    );
    this.#fleet = new Fleet(this.#pool);
    this.#balancer = new Balancer({
      random,
      policy: options.balancing,
      costs: this.#costs,
      ownZone: () => this.#ownZone,
      events,
      publish: (picker) => this.#picks.publish(picker),
    });
    this.#picks = new PickQueue(options, {
      clock,
      explain: () => explain(this.snapshot()),
      onWaiting: () => this.#scheduleHurry(),
      canConnect: () => this.#transport.isLoaded,
      onRefusal: () => this.#transport.retry(),
      typicalMs: () => loads.latency.p50Ms,
      onTooLate: ({ method }) => events.emit(() => ({ type: "call-too-late", method: method.path })),
    });
    const deadlines = new DeadlineWheel(clock);
    const permits = new RetryPermits(shareRetryBudget(target.name), clock, events);
    const { latency } = loads;
    const hedging = options.hedging ? new Hedging(latency, permits) : undefined;
    this.#callDeps = {
      picks: this.#picks,
      clock,
      random,
      deadlines,
      permits,
      rules: options,
      latency,
      hedging,
      events,
    };

    this.#tiers.start();
    if (this.#ownZone === undefined) void this.#learnOwnZone();
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
      transportError: this.#transport.error?.rawMessage,
      tiers: this.#tiers.snapshot().map(({ endpoints, ...tier }) => ({
        ...tier,
        endpoints: [...endpoints].map((endpoint) => this.#fleet.describe(endpoint)),
      })),
      waitingCalls: this.#picks.size,
      retryBudget: this.#callDeps.permits.balance,
    };
  }

  async close(graceMs = 10_000): Promise<void> {
    checkTimeout("graceMs", graceMs);
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#setConnectivity("shutdown");
      this.#tiers.close();
      this.#file?.close();
      this.#costs.close();
      this.#subset.close();
      this.#credentials?.close();
      this.#outliers?.close();
      this.#breakers?.close();
      this.#picks.close(new ChannelError(Status.unavailable, `the channel to ${this.target.name} is closed`));
      this.#pool.update(EndpointSet.empty);
      if (this.#pool.isEmpty) this.#closed.resolve();
      // Idle connections do not keep the process running; this timer does, until they are closed.
      const grace = this.#options.clock.setTimer(graceMs, () => this.#pool.destroy("the channel is closed"));
      void this.#closed.promise.then(() => {
        grace.cancel();
        this.#callDeps.deadlines.stopIdle();
        releaseRetryBudget(this.target.name);
      });
    }
    await this.#closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What connections report leads to a new picker, to a question to the resolvers, or to another try of waiting calls. */
  #poolListener(): PoolListener {
    return {
      onConnectivity: () => this.#scheduleUpdate(),
      onConnectionLost: ({ key }) => {
        this.#tiers.refresh("connection-lost");
        this.#tiers.didDisconnect(key);
      },
      onConnectFailed: ({ key }) => {
        this.#tiers.didFailToConnect(key);
        this.#tiers.refresh("connect-failed");
      },
      onGoaway: ({ key }) => {
        this.#tiers.refresh("goaway");
        this.#tiers.didDisconnect(key);
      },
      onRoom: () => this.#picks.retry(),
      onEmpty: () => {
        if (this.#isClosing) this.#closed.resolve();
      },
    };
  }

  #openCredentials({ tls, clock }: ResolvedChannelOptions): ChannelCredentials | undefined {
    if (tls === undefined) return undefined;
    return new ChannelCredentials(tls, clock, {
      onRenewed: () => {
        this.#events.emit(() => ({ type: "certificates-renewed" }));
        this.#pool.renew();
      },
      onFault: (reason) => this.#events.emit(() => ({ type: "certificates-refused", reason })),
    });
  }

  #createSubset(): Subset {
    const { clock, random, subsetSize } = this.#options;
    return new Subset({
      clock,
      size: subsetSize,
      clientId: () => (random() * 2 ** 32) | 0,
      ownZone: () => this.#ownZone,
      isUsable: (key) => this.#fleet.isUsable(key),
      onChange: () => {
        if (this.#plan !== undefined) this.#didPlan(this.#plan);
      },
    });
  }

  #healthWatcher(): WatchHealth | undefined {
    const { healthService: service, connectTimeoutMs: answerTimeoutMs, clock, random } = this.#options;
    if (service === undefined) return undefined;
    return (connection, onHealth) => watchHealth(connection, onHealth, { service, answerTimeoutMs, clock, random });
  }

  #createOutlierDetection(): OutlierDetection | undefined {
    const { clock, random, outlierDetection: options } = this.#options;
    if (options === undefined) return undefined;
    const check = (load: EndpointLoad): void => {
      const subchannel = this.#pool.get(load.key);
      const report = (kind: OutcomeKind): void => load.reportProbe(kind, clock.now());
      if (subchannel?.connectivity === "ready") checkHealth(subchannel, clock, report);
      else report("ignorable");
    };
    const didReturn = (load: EndpointLoad): void => this.#costs.didReturn(load);
    return new OutlierDetection({ clock, random, events: this.#events, options, checkHealth: check, didReturn });
  }

  /** After the end of the call that made room has been delivered. */
  #didGetRoom(): void {
    if (this.#picks.size > 0) queueMicrotask(() => this.#picks.retry());
  }

  #createCircuitBreakers(): CircuitBreakers | undefined {
    const { clock, random, circuitBreaker: options } = this.#options;
    return options === undefined ? undefined : new CircuitBreakers({ clock, random, events: this.#events, options });
  }

  #didChangeEligibility({ key, exclusion }: EndpointLoad): void {
    this.#events.emit(() => ({ type: "eligibility-changed", endpoint: key, ineligible: exclusion }));
    if (exclusion === "ejected") this.#pool.didEject(key);
    this.#scheduleUpdate();
  }

  /** Until the zone is known every endpoint counts as local. */
  async #learnOwnZone(): Promise<void> {
    this.#ownZone = await readOwnZone(process.env, this.#options.clock);
    if (this.#ownZone !== undefined) this.#scheduleUpdate();
  }

  #didPlan(plan: TierPlan): void {
    this.#plan = plan;
    if (this.#isClosing || !this.#transport.isLoaded) return;
    this.#used = this.#subset.select(plan.sets);
    this.#pool.update(EndpointSet.union(this.#used.slice(0, plan.opened + 1)));
    this.#scheduleUpdate();
  }

  #didLoadTransport(): void {
    this.#tiers.restart();
    // A connect that takes `connectTimeoutMs` is the reason of the calls that have waited for it, where both times are equal.
    this.#picks.startWaits();
  }

  /** Of all calls, until one of them has tried again: no endpoint can be connected to. */
  #didNotLoadTransport(error: ChannelError): void {
    if (this.#isClosing) return;
    this.#picks.refuse(error);
    this.#setConnectivity("transient-failure");
  }

  /** Many connections may change in one tick: one new picker covers all their changes. */
  #scheduleUpdate(): void {
    if (this.#updateIsScheduled || this.#isClosing) return;
    this.#updateIsScheduled = true;
    queueMicrotask(() => {
      this.#updateIsScheduled = false;
      if (!this.#isClosing) this.#update();
    });
  }

  #update(): void {
    const plan = this.#plan;
    if (plan === undefined || !this.#transport.isLoaded) return;
    this.#tiers.report(plan.sets.map((set, i) => this.#fleet.healthOf(set, this.#used[i] ?? set)));
    const { active, opened } = this.#plan ?? plan;
    const sets = this.#used.slice(0, opened + 1);
    this.#subset.observe(sets);
    const areOthersKnown = this.#used.slice(opened + 1).some(({ size }) => size > 0);
    this.#outliers?.update(this.#fleet.loadsOf(sets), areOthersKnown);
    const state = this.#fleet.stateOf({ sets, active, arePending: this.#tiers.isPending }, this.#options.clock.now());
    const isWorking = state.ready.some(({ load }) => load.isUsable);
    this.#setConnectivity(isWorking ? "ready" : state.pending ? "connecting" : "transient-failure");
    this.#balancer.update({ ...state, explain: () => explain(this.snapshot()) });
    if (this.#picks.size > 0) this.#tryHarder();
    // What left no other endpoint to move to a moment ago may have ended.
    for (const { load } of this.#fleet.subchannelsOf(sets)) load.offerMoves();
  }

  #setConnectivity(to: Connectivity): void {
    const from = this.#connectivity;
    if (from === to) return;
    this.#connectivity = to;
    this.#events.emit(() => ({ type: "channel-connectivity-changed", from, to }));
  }

  /** Thousands of calls may begin to wait in one tick, and hurrying looks at every endpoint. */
  #scheduleHurry(): void {
    if (this.#hurryIsScheduled) return;
    this.#hurryIsScheduled = true;
    queueMicrotask(() => {
      this.#hurryIsScheduled = false;
      if (!this.#isClosing && this.#picks.size > 0) this.#tryHarder();
    });
  }

  #tryHarder(): void {
    this.#pool.hurry(this.#picks.size);
    this.#tiers.refresh("nothing-ready");
  }
}
