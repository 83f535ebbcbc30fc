export type { Order } from "./dialogue/orders.ts";
export type { OpenRequest, Plan, PlanInput } from "./plan.ts";
export { agrees, EMBEDDED_PLANNER, orderOf, plan } from "./planner.ts";
export { warmUp } from "./warm-up.ts";
