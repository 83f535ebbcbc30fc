/**
 * The composition root, in the order in which a call meets the parts: who is there (`resolver/`), how they are reached
 * (`subchannel/`), who is chosen (`balancer/`), and the call itself (`call/`). Only this file knows them all.
 *
 *   target ─► tiers ─► pool of subchannels ─► balancer ─► pick queue ─► call ─► attempt
 *               ▲              │                                          │
 *               └── refresh ◄──┴───────────── connectivity, GOAWAY ◄──────┘
 */

import { Balancer } from "./balancer/balancer.ts";
import { PickQueue } from "./balancer/pick-queue.ts";
import { Call, type CallDeps } from "./call/call.ts";
import { DeadlineWheel } from "./call/deadline.ts";
import { createRetryBudget } from "./call/retry-budget.ts";
import { checkCall, checkTimeout } from "./call-arguments.ts";
import {
  type ChannelOptions,
  checkedAuthority,
  type ResolvedChannelOptions,
  resolveChannelOptions,
} from "./channel-options.ts";
import { type ChannelSnapshot, type EndpointSnapshot, explain } from "./channel-snapshot.ts";
import type { CallOptions, CallSink, ClientCall, Method } from "./client-call.ts";
import { type EndpointKey, EndpointSet } from "./endpoint.ts";
import { ChannelError } from "./errors.ts";
import { type ChannelEventListener, ChannelEvents } from "./events.ts";
import { readOwnZone } from "./own-zone.ts";
import { createResolver } from "./resolver/create.ts";
import { type Tier, type TierPlan, Tiers } from "./resolver/tiers.ts";
import { Status } from "./status.ts";
import { NodeHttp2Transport } from "./subchannel/node-http2.ts";
import { type PoolListener, SubchannelPool } from "./subchannel/pool.ts";
import type { Subchannel } from "./subchannel/subchannel.ts";
import type { Target } from "./target.ts";
import { parseTarget } from "./target-uri.ts";

/**
 * Opens a channel to the service that `target` names: a string as gRPC writes it (`dns:///name:50051`,
 * `ipv4:10.0.10.7:50051`, `cloudmap:namespace/service`, `env:WORKFLOW_SERVICE`) or what `targetFromEnvironment` returns.
 *
 * Discovery and connecting begin at once, in the background; the first call waits for them if it must.
 * @throws ChannelError `invalid_argument` for a target or an option that cannot be right, in one line.
 */
export function createChannel(target: Target | string, options: ChannelOptions = {}): Channel {
  const parsed = typeof target === "string" ? parseTarget(target) : target;
  return new Channel(parsed, resolveChannelOptions(options));
}

export class Channel implements PoolListener {
  readonly target: Target;
  readonly #options: ResolvedChannelOptions;
  readonly #events = new ChannelEvents();
  readonly #tiers: Tiers;
  readonly #pool: SubchannelPool;
  readonly #balancer: Balancer;
  readonly #picks: PickQueue;
  readonly #callDeps: CallDeps;
  readonly #closed = Promise.withResolvers<void>();
  #plan: TierPlan | undefined;
  #ownZone: string | undefined;
  #updateIsScheduled = false;
  #hurryIsScheduled = false;
  #isClosing = false;

  constructor(target: Target, options: ResolvedChannelOptions) {
    const { clock, random } = options;
    const events = this.#events;
    this.target = target;
    this.#options = options;
    this.#ownZone = options.zone;
    const authority = options.authority ?? checkedAuthority("target.name", target.name);
    const transport = new NodeHttp2Transport({ ...options, authority }, clock);

    this.#tiers = new Tiers({
      tiers: this.#tiersOf(target, options),
      clock,
      events,
      options,
      onPlan: (plan) => this.#didPlan(plan),
    });
    this.#pool = new SubchannelPool({ transport, clock, random, events }, this);
    this.#balancer = new Balancer({
      random,
      ownZone: () => this.#ownZone,
      publish: (picker) => this.#picks.publish(picker),
    });
    this.#picks = new PickQueue(options, {
      clock,
      explain: () => explain(this.snapshot()),
      onWaiting: () => this.#scheduleHurry(),
    });
    const deadlines = new DeadlineWheel(clock);
    this.#callDeps = { picks: this.#picks, clock, random, deadlines, budget: createRetryBudget(), events };

    this.#tiers.start();
    if (this.#ownZone === undefined) void this.#learnOwnZone();
  }

  /**
   * Makes a call that speaks bytes. Nothing happens until its `start`; messages sent before that leave together with
   * the request's headers. For typed calls see `@agent-team/grpc-client/connect`.
   *
   * @throws ChannelError `invalid_argument` for a method or an option that cannot be right, `resource_exhausted` for
   *   metadata that is too large; then there is no call, and the sink receives nothing.
   */
  call(method: Method, options: CallOptions, sink: CallSink): ClientCall {
    checkCall(method, options);
    const timeoutMs =
      options.timeoutMs ??
      (method.unaryRequest && method.unaryResponse ? this.#options.unaryTimeoutMs : Number.POSITIVE_INFINITY);
    return new Call(method, options, timeoutMs, sink, this.#callDeps);
  }

  /** Adds a listener to what happens in the channel, and returns the function that takes it away. */
  on(listener: ChannelEventListener): () => void {
    return this.#events.on(listener);
  }

  snapshot(): ChannelSnapshot {
    return {
      target: this.target.name,
      tiers: this.#tiers.snapshot().map(({ endpoints, ...tier }) => ({
        ...tier,
        endpoints: [...endpoints].map((endpoint) => this.#describe(endpoint)),
      })),
      waitingCalls: this.#picks.size,
      retryBudget: this.#callDeps.budget.balance,
    };
  }

  /**
   * Takes no more calls and resolves when the last connection is closed. Calls that wait get `unavailable`; calls that
   * run may finish within `graceMs` (default 10,000; 0 or more, Infinity waits for all of them), after which their
   * connections are destroyed.
   */
  async close(graceMs = 10_000): Promise<void> {
    checkTimeout("graceMs", graceMs);
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#tiers.close();
      this.#picks.close(new ChannelError(Status.unavailable, `the channel to ${this.target.name} is closed`));
      this.#pool.update(EndpointSet.empty);
      if (this.#pool.isEmpty) this.#closed.resolve();
      // Idle connections do not keep the process running; this timer does, until they have said goodbye.
      const grace = this.#options.clock.setTimer(graceMs, () => this.#pool.destroy("the channel is closed"));
      void this.#closed.promise.then(() => grace.cancel());
    }
    await this.#closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  onConnectivity(): void {
    this.#scheduleUpdate();
  }

  onConnectionLost(): void {
    this.#tiers.refresh("connection-lost");
  }

  onConnectFailed(subchannel: Subchannel): void {
    this.#tiers.didFailToConnect(subchannel.key);
    this.#tiers.refresh("connect-failed");
  }

  onGoaway(): void {
    this.#tiers.refresh("goaway");
  }

  onRoom(): void {
    this.#picks.retry();
  }

  onEmpty(): void {
    if (this.#isClosing) this.#closed.resolve();
  }

  /** One tier for each strategy of the target; tests put resolvers of their own in their place. */
  #tiersOf({ tiers, dnsServer, zones }: Target, options: ResolvedChannelOptions): Tier[] {
    if (options.resolvers !== undefined)
      return options.resolvers.map((resolver, i) => ({ name: `resolver ${i}`, resolver }));
    const { clock, random, loadBalancerConnections: lanes, minRefreshMs: minTtlMs } = options;
    return tiers.map((tier) => ({
      name: tier.strategy,
      resolver: createResolver(tier, { clock, random, dnsServer, zones, lanes, minTtlMs }),
    }));
  }

  /** Until the zone is known every endpoint counts as local. */
  async #learnOwnZone(): Promise<void> {
    this.#ownZone = await readOwnZone(process.env, this.#options.clock);
    if (this.#ownZone !== undefined) this.#scheduleUpdate();
  }

  #didPlan(plan: TierPlan): void {
    this.#plan = plan;
    if (this.#isClosing) return;
    this.#pool.update(new EndpointSet(plan.sets.slice(0, plan.opened + 1).flatMap((set) => [...set])));
    this.#scheduleUpdate();
  }

  /** Many connections may change in one tick; one picker is made for all of them. */
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
    this.#tiers.report(plan.sets.map((set) => this.#healthOf(set)));
    const { active, opened, sets } = this.#plan ?? plan;
    const known = sets.slice(0, opened + 1).flatMap((set) => this.#subchannelsOf(set));
    this.#balancer.update({
      ready: this.#subchannelsOf(sets[active] ?? EndpointSet.empty).filter(
        ({ connectivity }) => connectivity === "ready",
      ),
      pending: this.#tiers.isPending || known.some(({ connectivity }) => connectivity !== "transient-failure"),
      explain: () => explain(this.snapshot()),
      provenMs: Math.min(this.#options.clock.now(), ...known.map(({ lastFailureMs }) => lastFailureMs)),
    });
    if (this.#picks.size > 0) this.#tryHarder();
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
    this.#pool.hurry();
    this.#tiers.refresh("nothing-ready");
  }

  #subchannelsOf(set: EndpointSet): Subchannel[] {
    const subchannels: Subchannel[] = [];
    for (const key of set.keys()) {
      const subchannel = this.#pool.get(key);
      if (subchannel !== undefined) subchannels.push(subchannel);
    }
    return subchannels;
  }

  #healthOf(set: EndpointSet): { known: number; ready: number; failed: number } {
    let ready = 0;
    let failed = 0;
    for (const { connectivity } of this.#subchannelsOf(set)) {
      if (connectivity === "ready") ready++;
      else if (connectivity === "transient-failure") failed++;
    }
    return { known: set.size, ready, failed };
  }

  #describe(key: EndpointKey): EndpointSnapshot {
    const subchannel = this.#pool.get(key);
    return {
      address: key,
      name: subchannel?.endpoint.name,
      zone: subchannel?.endpoint.zone,
      connectivity: subchannel?.connectivity ?? "idle",
      inFlight: subchannel?.inFlight ?? 0,
      lastError: subchannel?.lastError?.message,
    };
  }
}
