/** Tiers in a test that plays the part of the channel. */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type ChannelEvent, ChannelEvents } from "../../src/events.ts";
import { type TierHealth, type TierPlan, Tiers } from "../../src/resolver/tiers.ts";
import { type EndpointInit, ManualResolver } from "../../src/testing/manual-resolver.ts";
import { TIER_DEFAULTS } from "./defaults.ts";

export type Health = "ready" | "ejected" | "failed" | "connecting";

const NAMES = ["env", "lb", "dns"];

/** Tiers with manual resolvers. The test reports the health of each tier's endpoints, as the channel does. */
export class TiersBench {
  readonly clock = new FakeClock();
  readonly resolvers: readonly ManualResolver[];
  readonly tiers: Tiers;
  readonly emitted: ChannelEvent[] = [];
  readonly plans: TierPlan[] = [];
  readonly #health: TierHealth[];

  constructor(count: number) {
    const events = new ChannelEvents();
    events.on((event) => this.emitted.push(event));
    this.resolvers = NAMES.slice(0, count).map(() => new ManualResolver());
    this.#health = this.resolvers.map(() => ({ known: 0, used: 0, ready: 0, eligible: 0, failed: 0 }));
    this.tiers = new Tiers({
      tiers: this.resolvers.map((resolver, index) => ({ name: NAMES[index] ?? "", resolver })),
      clock: this.clock,
      events,
      options: TIER_DEFAULTS,
      onPlan: (plan) => this.plans.push(plan),
    });
    this.tiers.start();
  }

  /** `active opened` of the last plan. */
  get plan(): string {
    const { active, opened } = this.plans.at(-1) ?? {};
    return `${active} ${opened}`;
  }

  get moves(): readonly string[] {
    return this.emitted.flatMap((event) =>
      event.type === "tier-changed" ? [`${event.from} ${event.reason} ${event.to}`] : [],
    );
  }

  /** The tier's resolver finds an endpoint for each state, and its connection has that state. */
  find(tier: number, ...states: Health[]): void {
    this.resolvers[tier]?.update(endpoints(tier, states.length));
    this.does(tier, ...states);
  }

  does(tier: number, ...states: Health[]): void {
    const count = (...words: Health[]): number => states.filter((state) => words.includes(state)).length;
    this.#health[tier] = {
      known: states.length,
      used: states.length,
      ready: count("ready", "ejected"),
      eligible: count("ready"),
      failed: count("failed"),
    };
    this.tiers.report(this.#health);
  }
}

export function endpoints(tier: number, count: number): readonly EndpointInit[] {
  return Array.from({ length: count }, (_, index) => ({ host: `10.0.${tier}.${index}`, port: 1 }));
}
