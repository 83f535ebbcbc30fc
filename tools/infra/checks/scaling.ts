/** Each service scales between two different bounds, by metrics of its own, with targets in a range that makes sense. */

import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import type { Block, Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

/** CPU in percent, with room to grow; requests to one task in a minute. */
const TARGETS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  ECSServiceAverageCPUUtilization: [30, 80],
  ALBRequestCountPerTarget: [100, 10_000],
};

/** Seconds. */
const COOLDOWNS = { scale_in_cooldown: [120, 900], scale_out_cooldown: [30, 180] } as const;

export function* checkScaling(region: Region): Findings {
  const policies = region.resources("aws_appautoscaling_policy");
  for (const service of region.resources("aws_ecs_service")) {
    const target = region.resources("aws_appautoscaling_target").find((each) => isOf(each, service));
    if (target === undefined) {
      yield `${service.address} is not scaled`;
      continue;
    }
    const [least, most] = [target.number("min_capacity"), target.number("max_capacity")];
    if (most <= least) yield `${target.address}: max_capacity is ${most}, and min_capacity ${least}: it cannot grow`;
    if (!policies.some((each) => isOf(each, service))) yield `${service.address} has no policy to scale by`;
  }
  for (const policy of policies) yield* checkPolicy(policy, region);
}

function* checkPolicy(policy: Instance, region: Region): Findings {
  const { address } = policy;
  const [tracking] = policy.blocks("target_tracking_scaling_policy_configuration");
  if (tracking === undefined) {
    yield `${address} follows no target`;
    return;
  }
  const metric = tracking.block("predefined_metric_specification");
  const type = metric.text("predefined_metric_type");
  const range = TARGETS[type];
  if (range === undefined) yield `${address}: ${type} has no range in tools/infra/checks/scaling.ts`;
  else yield* compare(`${address}, ${type}`, tracking, { target_value: range });
  yield* compare(address, tracking, COOLDOWNS);
  if (type === "ALBRequestCountPerTarget") yield* compare(address, metric, { resource_label: labelOf(policy, region) });
}

/**
 * AWS knows the requests of a target group by the end of the balancer's ARN and the end of the group's:
 * "app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>".
 */
function labelOf(policy: Instance, region: Region): string {
  const service = servicesOf(region).find(({ instance }) => isOf(policy, instance));
  const labels = balancersOf(region).flatMap(({ instance: balancer, targets }) =>
    targets
      .filter(({ instance }) => service?.targets.some(({ group }) => group === instance.address))
      .map(({ instance }) => `${balancer.address}.arn_suffix/${instance.address}.arn_suffix`),
  );
  return labels[0] ?? "the label of a target group that the service joins";
}

/** Scaling names a service `service/{cluster}/{service}`. */
function isOf(scaling: Block, service: Block): boolean {
  return scaling.text("resource_id").endsWith(`/${service.text("name")}`);
}
