import { toText } from "../hcl/value.ts";
import { balancersOf } from "../network/balancers.ts";
import type { Plan } from "../plan/plan.ts";
import { regionOf, type Subject } from "./subject.ts";

const MOST_RESOURCES = 120;

/** AWS: "This name … can have a maximum of 32 characters." */
const LONGEST_NAME = 32;

/** The longest that the variables allow: 22 characters with the hyphen. */
const LONG = { project_name: "abcdefghijkl", environment: "longest-1" };

/** The default size stays small enough to be read as a plan. */
export function checkSize(subject: Subject): readonly string[] {
  const count = countIn(subject.plan());
  return count > MOST_RESOURCES ? [`the example plans ${count} resources, more than ${MOST_RESOURCES}`] : [];
}

/** Names of balancers and target groups fit, however long the project's is. */
export function checkNames(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan(LONG));
  const named = [...region.resources("aws_lb"), ...region.resources("aws_lb_target_group")];
  return [
    ...(balancersOf(region).length === 0 ? ["there is no balancer"] : []),
    ...named
      .map(({ address, values }) => ({ address, name: toText(values["name"] ?? "") }))
      .filter(({ name }) => name.length > LONGEST_NAME || name.startsWith("internal-"))
      .map(({ address, name }) => `${address}: the name ${name} has ${name.length} characters`),
  ];
}

function countIn(plan: Plan): number {
  const inner = [...plan.modules().values()].map(countIn);
  return inner.reduce((sum, count) => sum + count, plan.resources().length);
}
