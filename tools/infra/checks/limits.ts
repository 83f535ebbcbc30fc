import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

const MOST_RESOURCES = 120;

/** AWS: "This name … can have a maximum of 32 characters." */
const LONGEST_NAME = 32;

/** The longest `{project}-{environment}` that the variables admit. */
const LONGEST_PREFIX = 22;

/** The plan of the example stays short enough to be read. */
export function* checkSize({ state, instances: { length } }: Region): Findings {
  if (state === "default" && length > MOST_RESOURCES)
    yield `the example has ${length} resources: expected at most ${MOST_RESOURCES}`;
}

/** The names of load balancers and target groups fit with the longest prefix. */
export function* checkNames(region: Region): Findings {
  const prefix = region.only("aws_ecs_cluster").text("name");
  const named = region.resources("aws_lb", "aws_lb_target_group");
  if (named.length === 0) yield "there is no load balancer";
  for (const each of named) {
    const name = each.text("name");
    const longest = name.length - prefix.length + LONGEST_PREFIX;
    if (!name.startsWith(prefix) || longest > LONGEST_NAME)
      yield `${each.address}: the name ${name} can have ${longest} characters: expected ${prefix}… with at most ${LONGEST_NAME}`;
  }
}
