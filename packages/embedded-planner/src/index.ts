export type { OpenRequest, Plan, PlanInput } from "./plan.ts";
export { EMBEDDED_PLANNER, plan } from "./planner.ts";
