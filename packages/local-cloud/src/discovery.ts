import { LocalCloudError } from "./errors.ts";

/** The values that `{P}_DISCOVERY` accepts, in its default order. */
export const STRATEGIES = ["env", "lb", "cloudmap", "dns"] as const;

/** A way to find a service. */
export type Strategy = (typeof STRATEGIES)[number];

/** The discovery variables that tasks get. */
export interface DiscoveryPlan {
  /** The tiers, best first. Only these strategies get a variable. */
  readonly order: readonly Strategy[];
  /** Values in place of the real ones, by strategy: `{ env: "127.10.99.9:50051" }` makes a tier with an address that does not answer. */
  readonly override?: Partial<Readonly<Record<Strategy, string>>> | undefined;
}

export type NamedOrder = "direct" | "recommended" | "terraform";

/** Orders that have a name. */
export const NAMED_ORDERS: Readonly<Record<NamedOrder, readonly Strategy[]>> = {
  /** Directly to the tasks, with the balancer as the second tier. Without Cloud Map's API, so that no program loads AWS's SDK. */
  direct: ["dns", "lb"],
  /** The order that docs/guides/choosing-a-path.md recommends and the files in infra/examples set. */
  recommended: ["cloudmap", "dns", "lb"],
  /** The default of Terraform's `discovery_order` without `env`, for which Terraform sets no variable without Service Connect. */
  terraform: ["lb", "cloudmap", "dns"],
};

export function isNamedOrder(text: string): text is NamedOrder {
  return Object.hasOwn(NAMED_ORDERS, text);
}

/** A named order, a single strategy, or a plan. */
export type Discovery = NamedOrder | Strategy | DiscoveryPlan;

/** @throws LocalCloudError for text that is neither a named order nor a strategy */
export function planOf(discovery: Discovery): DiscoveryPlan {
  if (typeof discovery !== "string") return discovery;
  if (isNamedOrder(discovery)) return { order: NAMED_ORDERS[discovery] };
  if (STRATEGIES.includes(discovery)) return { order: [discovery] };
  const expected = [...Object.keys(NAMED_ORDERS), ...STRATEGIES].join(", ");
  throw new LocalCloudError(`discovery: expected one of ${expected}, or a plan, got ${String(discovery)}`);
}
