/** Which endpoint takes a call. `default`: the cheapest of all endpoints; above 64, of five at random. */
export type BalancingPolicy = "default" | "round_robin" | "two-choices";

export const BALANCING_POLICIES: readonly BalancingPolicy[] = ["default", "round_robin", "two-choices"];
