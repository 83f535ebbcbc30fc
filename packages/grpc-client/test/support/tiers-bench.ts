/** A bench for tiers, with the channel's part in the test's hands. */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type ChannelEvent, ChannelEvents } from "../../src/events.ts";
import { type TierHealth, type TierPlan, Tiers } from "../../src/resolver/tiers.ts";
import { type EndpointInit, ManualResolver } from "../../src/testing/manual-resolver.ts";
import { TIER_DEFAULTS } from "./defaults.ts";

export type Health = "ready" | "ejected" | "failed" | "connecting";

const NAMES = ["env", "lb", "dns"];

/** Tiers of hand-driven resolvers, and the channel's part played by the test: it says how each tier's endpoints do. */
export class TiersBench {
  readonly clock = new FakeClock();
  readonly resolvers: readonly ManualResolver[];
  readonly tiers: Tiers;
  readonly heard: ChannelEvent[] = [];
  readonly plans: TierPlan[] = [];
  readonly #health: TierHealth[];

  constructor(count: number) {
    const events = new ChannelEvents();
    events.on((event) => this.heard.push(event));
    this.resolvers = NAMES.slice(0, count).map(() => new ManualResolver());
    this.#health = this.resolvers.map(() => ({ known: 0, ready: 0, eligible: 0, failed: 0 }));
    this.tiers = new Tiers({
      tiers: this.resolvers.map((resolver, index) => ({ name: NAMES[index] ?? "", resolver })),
      clock: this.clock,
      events,
      options: TIER_DEFAULTS,
      onPlan: (plan) => this.plans.push(plan),
    });
    this.tiers.start();
  }

  /** `active opened`, as the last plan says. */
  get plan(): string {
    const { active, opened } = this.plans.at(-1) ?? {};
    return `${active} ${opened}`;
  }

  get moves(): readonly string[] {
    return this.heard.flatMap((event) =>
      event.type === "tier-changed" ? [`${event.from} ${event.reason} ${event.to}`] : [],
    );
  }

  /** The tier's resolver finds as many endpoints as there are words, whose connections then do as the words say. */
  find(tier: number, ...states: Health[]): void {
    this.resolvers[tier]?.update(endpoints(tier, states.length));
    this.does(tier, ...states);
  }

  does(tier: number, ...states: Health[]): void {
    const count = (...words: Health[]): number => states.filter((state) => words.includes(state)).length;
    this.#health[tier] = {
      known: states.length,
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
