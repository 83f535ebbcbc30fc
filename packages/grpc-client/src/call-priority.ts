/**
 * How important a call is while calls wait. When the queue is full, the least important calls end first; of equal ones, the oldest.
 * Envoy: `RoutingPriority`, with two of them.
 */

/** From the least to the most important. */
export const CALL_PRIORITIES = ["low", "normal", "high", "critical"] as const;

/** How important a call is while calls wait: see `CallOptions.priority`. */
export type CallPriority = (typeof CALL_PRIORITIES)[number];

/** 0 for `low`, 3 for `critical`. A repeated attempt counts one less: load that retries make ends before first attempts do. */
export function rankOf(priority: CallPriority, isRetry: boolean): number {
  const rank = CALL_PRIORITIES.indexOf(priority);
  return isRetry && rank > 0 ? rank - 1 : rank;
}
