export type { OpenRequest, Plan, PlanInput } from "./plan.ts";
export { EMBEDDED_PLANNER, orderOf, plan } from "./planner.ts";
