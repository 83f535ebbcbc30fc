import type { PlanContext } from "../src/planner.ts";

/** For planners that ask nothing of the engine. */
export function noEngine(): PlanContext {
  const never = (): never => {
    throw new Error("expected a planner that asks nothing of the engine");
  };
  return {
    signal: new AbortController().signal,
    check: never,
    catalogue: never,
    workflows: { create: never, read: never, replace: never, run: never, setActive: never },
  };
}
