/**
 * The endpoints of a channel: found, connected to, and published as pickers. In: the target and the options; what connections and attempts
 * report. Out: a picker for each change, and the connectivity. It makes no call: `channel.ts` does, which loads this file when a channel is made.
 *
 *   target ─► tiers ─► pool of subchannels ─► balancer ─► picker
 *               ▲              │
 *               └── refresh ◄──┴── connectivity, GOAWAY
 */

import { Balancer } from "./balancer/balancer.ts";
import { Costs } from "./balancer/costs.ts";
import { Subset } from "./balancer/subset.ts";
import { Fleet } from "./channel-fleet.ts";
import type { ResolvedChannelOptions } from "./channel-options.ts";
import type { TierState } from "./channel-snapshot.ts";
import { openEndpointFile, tiersOf } from "./channel-tiers.ts";
import { ChannelTransport } from "./channel-transport.ts";
import type { Connectivity } from "./connectivity.ts";
import { EndpointSet } from "./endpoint.ts";
import { type EndpointLoad, EndpointLoads } from "./endpoint-load.ts";
import type { ChannelEvents } from "./events.ts";
import type { FleetLatency } from "./fleet-latency.ts";
import { CircuitBreakers } from "./health/circuit-breaker.ts";
import { checkHealth } from "./health/health-check.ts";
import { watchHealth } from "./health/health-watch.ts";
import { OutlierDetection } from "./health/outlier-detection.ts";
import { OverloadLimit } from "./health/overload-limit.ts";
import type { OutcomeKind } from "./outcome.ts";
import { readOwnZone } from "./own-zone.ts";
import type { Picker } from "./picker.ts";
import type { SavedEndpoints } from "./resolver/saved-endpoints.ts";
import { type TierPlan, Tiers } from "./resolver/tiers.ts";
import type { WatchHealth } from "./server-health.ts";
import { LivenessMonitor } from "./subchannel/liveness-monitor.ts";
import { type PoolListener, SubchannelPool } from "./subchannel/pool.ts";
import type { Target } from "./target.ts";
import type { Transport } from "./transport.ts";

/** The calls of the channel, as far as endpoints have to do with them. */
export interface WaitingCalls {
  /** How many wait for an endpoint. */
  readonly size: number;
  /** Places those that wait, and later ones. */
  publish(picker: Picker): void;
  /** An endpoint has got room. */
  retry(): void;
}

export interface ChannelEndpointsInit {
  readonly target: Target;
  readonly options: ResolvedChannelOptions;
  readonly transport: Transport;
  /** Names are not resolved: a proxy does that. */
  readonly keepsNames: boolean;
  readonly events: ChannelEvents;
  readonly latency: FleetLatency;
  readonly calls: WaitingCalls;
  /** The state of the channel, for the error of a call that no endpoint can take. */
  readonly explain: () => string;
  readonly onConnectivity: (connectivity: Connectivity) => void;
}

export class ChannelEndpoints {
  readonly #options: ResolvedChannelOptions;
  readonly #events: ChannelEvents;
  readonly #calls: WaitingCalls;
  readonly #explain: () => string;
  readonly #onConnectivity: (connectivity: Connectivity) => void;
  readonly #tiers: Tiers;
  readonly #pool: SubchannelPool;
  readonly #fleet: Fleet;
  readonly #costs: Costs;
  readonly #subset: Subset;
  readonly #outliers: OutlierDetection | undefined;
  readonly #breakers: CircuitBreakers | undefined;
  readonly #balancer: Balancer;
  readonly #file: SavedEndpoints | undefined;
  readonly #isEmpty = Promise.withResolvers<void>();
  #plan: TierPlan | undefined;
  /** Of each set of the plan the endpoints that this client connects to. */
  #used: readonly EndpointSet[] = [];
  #ownZone: string | undefined;
  #updateIsScheduled = false;
  #hurryIsScheduled = false;
  #isClosing = false;

  constructor(init: ChannelEndpointsInit) {
    const { target, options, events, calls, latency } = init;
    const { clock, random } = options;
    this.#options = options;
    this.#events = events;
    this.#calls = calls;
    this.#explain = init.explain;
    this.#onConnectivity = init.onConnectivity;
    this.#ownZone = options.zone;
    this.#costs = new Costs(options);
    this.#subset = this.#createSubset();
    this.#outliers = this.#createOutlierDetection();
    this.#breakers = this.#createCircuitBreakers();
    const learners = [this.#outliers, this.#breakers].flatMap((health) => health?.createLearner ?? []);
    if (options.overloadLimit) learners.push((load) => new OverloadLimit(load, () => this.#didGetRoom()));
    const loads = new EndpointLoads({
      clock,
      latency,
      learners: [this.#costs.createLearner, ...learners],
      onEligibility: (load) => this.#didChangeEligibility(load),
      onProbe: () => this.#scheduleUpdate(),
    });
    this.#file = openEndpointFile(target, options, (path, reason) =>
      events.emit(() => ({ type: "endpoint-file-ignored", path, reason })),
    );
    this.#tiers = new Tiers({
      tiers: tiersOf(target, options, {
        file: this.#file,
        reachOf: (key) => this.#fleet.reachOf(key),
        keepsNames: init.keepsNames,
      }),
      clock,
      events,
      options,
      onPlan: (plan) => this.#didPlan(plan),
    });
    const transport = new ChannelTransport(init.transport, clock);
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
      publish: (picker) => calls.publish(picker),
    });
  }

  /** Finds endpoints and connects to them from now on. Called once. */
  start(): void {
    // First, so that the zone is known when servers have said where endpoints are.
    if (this.#ownZone === undefined) void this.#learnOwnZone();
    this.#tiers.start();
  }

  /** The tiers with their endpoints, in order of preference. */
  snapshot(): readonly TierState[] {
    return this.#tiers.snapshot().map(({ endpoints, ...tier }) => ({
      ...tier,
      endpoints: [...endpoints].map((endpoint) => this.#fleet.describe(endpoint)),
    }));
  }

  /** Calls wait: connects sooner, and asks for endpoints. Thousands may begin to wait in one tick, and hurrying looks at every endpoint. */
  hurry(): void {
    if (this.#hurryIsScheduled) return;
    this.#hurryIsScheduled = true;
    queueMicrotask(() => {
      this.#hurryIsScheduled = false;
      if (!this.#isClosing && this.#calls.size > 0) this.#tryHarder();
    });
  }

  /** Replaces the connections, one after the other: their certificates have changed. */
  renew(): void {
    this.#pool.renew();
  }

  /** Closes each connection when its last call has ended, and after `graceMs` those that are left. Resolves when all are closed. */
  async close(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isClosing = true;
    this.#tiers.close();
    this.#file?.close();
    this.#costs.close();
    this.#subset.close();
    this.#outliers?.close();
    this.#breakers?.close();
    this.#pool.update(EndpointSet.empty);
    if (this.#pool.isEmpty) return;
    // Idle connections do not keep the process running; this timer does, until they are closed.
    const grace = clock.setTimer(graceMs, () => this.#pool.destroy("the channel is closed"));
    await this.#isEmpty.promise;
    grace.cancel();
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
      onRoom: () => this.#calls.retry(),
      onEmpty: () => {
        if (this.#isClosing) this.#isEmpty.resolve();
      },
    };
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
    if (this.#calls.size > 0) queueMicrotask(() => this.#calls.retry());
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

  /** Until the zone is known every endpoint counts as local; then the subset is selected again. */
  async #learnOwnZone(): Promise<void> {
    this.#ownZone = await readOwnZone(process.env, this.#options.clock);
    if (this.#ownZone !== undefined && this.#plan !== undefined) this.#didPlan(this.#plan);
  }

  #didPlan(plan: TierPlan): void {
    this.#plan = plan;
    if (this.#isClosing) return;
    this.#used = this.#subset.select(plan.sets);
    this.#pool.update(EndpointSet.union(this.#used.slice(0, plan.opened + 1)));
    this.#scheduleUpdate();
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
    if (plan === undefined) return;
    this.#tiers.report(plan.sets.map((set, i) => this.#fleet.healthOf(set, this.#used[i] ?? set)));
    const { active, opened } = this.#plan ?? plan;
    const sets = this.#used.slice(0, opened + 1);
    this.#subset.observe(sets);
    const areOthersKnown = this.#used.slice(opened + 1).some(({ size }) => size > 0);
    this.#outliers?.update(this.#fleet.loadsOf(sets), areOthersKnown);
    const state = this.#fleet.stateOf({ sets, active, arePending: this.#tiers.isPending }, this.#options.clock.now());
    const isWorking = state.ready.some(({ load }) => load.isUsable);
    this.#onConnectivity(isWorking ? "ready" : state.pending ? "connecting" : "transient-failure");
    this.#balancer.update({ ...state, explain: this.#explain });
    if (this.#calls.size > 0) this.#tryHarder();
    // What left no other endpoint to move to a moment ago may have ended.
    for (const { load } of this.#fleet.subchannelsOf(sets)) load.offerMoves();
  }

  #tryHarder(): void {
    this.#pool.hurry(this.#calls.size);
    this.#tiers.refresh("nothing-ready");
  }
}
