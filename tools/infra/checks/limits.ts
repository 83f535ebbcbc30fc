import { balancersOf } from "../network/balancers.ts";
import { toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";

const MOST_RESOURCES = 120;

/** AWS: "This name … can have a maximum of 32 characters." */
const LONGEST_NAME = 32;

/** The longest name of a whole system that the variables allow. */
const LONGEST_PREFIX = 22;

/** The default size stays small enough to be read as a plan. */
export function checkSize(region: Region): readonly string[] {
  const count = region.instances.length;
  return region.state === "default" && count > MOST_RESOURCES
    ? [`the example has ${count} resources, more than ${MOST_RESOURCES}`]
    : [];
}

/** Names of balancers and target groups fit, however long the project's is. */
export function checkNames(region: Region): readonly string[] {
  const prefix = toText(region.only("aws_ecs_cluster").values["name"]);
  const named = [...region.resources("aws_lb"), ...region.resources("aws_lb_target_group")];
  return [
    ...(balancersOf(region).length === 0 ? ["there is no balancer"] : []),
    ...named
      .map(({ address, values }) => ({ address, name: toText(values["name"]) }))
      .map(({ address, name }) => ({ address, name, most: name.length - prefix.length + LONGEST_PREFIX }))
      .filter(({ name, most }) => !name.startsWith(prefix) || most > LONGEST_NAME)
      .map(
        ({ address, name, most }) =>
          `${address}: the name ${name} can have ${most} characters: AWS takes ${LONGEST_NAME}`,
      ),
  ];
}
