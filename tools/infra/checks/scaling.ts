/** A service that is busy grows by what is measured of it, and no apply takes back what scaling gave. */

import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import { blocksIn, type JsonObject, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";
import { outOfRange } from "./range.ts";

export function checkScaling(region: Region): readonly string[] {
  return [
    ...region.resources("aws_ecs_service").flatMap((service) => checkService(service, region)),
    ...region
      .resources("aws_appautoscaling_policy")
      .flatMap((policy) => [...checkLabel(policy, region), ...checkTracking(policy)]),
  ];
}

function checkService(service: Instance, region: Region): readonly string[] {
  const { address } = service;
  const isIts = ({ values }: Instance): boolean => isOf(values, service.values);
  const [target] = region.resources("aws_appautoscaling_target").filter(isIts);
  if (target === undefined) return [`${address} is not scaled`];
  const [least, most] = [Number(target.values["min_capacity"]), Number(target.values["max_capacity"])];
  return [
    ...(most > least ? [] : [`${target.address}: max_capacity is ${most}, and min_capacity ${least}: it cannot grow`]),
    ...(region.resources("aws_appautoscaling_policy").some(isIts) ? [] : [`${address} has no policy to scale by`]),
  ];
}

/**
 * AWS knows the requests of a target group by the end of the balancer's ARN and the end of the group's:
 * "app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>".
 */
function checkLabel({ address, values }: Instance, region: Region): readonly string[] {
  const metrics = blocksIn(values, "target_tracking_scaling_policy_configuration").flatMap((tracking) =>
    blocksIn(tracking, "predefined_metric_specification"),
  );
  const labels = metrics
    .filter((metric) => metric["predefined_metric_type"] === "ALBRequestCountPerTarget")
    .map((metric) => toText(metric["resource_label"]));
  const expected = labelsOf(values, region);
  return labels
    .filter((label) => !expected.includes(label))
    .map((label) => `${address}: resource_label is ${label}: expected ${expected.join(" or ")}`);
}

/** CPU is a percentage, and is to leave room to grow; requests are those of a task in a minute. Seconds are seconds. */
const TARGETS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  ECSServiceAverageCPUUtilization: [30, 80],
  ALBRequestCountPerTarget: [100, 10_000],
};
const COOLDOWNS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  scale_in_cooldown: [120, 900],
  scale_out_cooldown: [30, 180],
};

function checkTracking({ address, values }: Instance): readonly string[] {
  const blocks = blocksIn(values, "target_tracking_scaling_policy_configuration");
  if (blocks.length === 0) return [`${address} follows no target`];
  return blocks.flatMap((tracking) => {
    const [metric] = blocksIn(tracking, "predefined_metric_specification");
    const type = toText(metric?.["predefined_metric_type"]);
    return [
      ...outOfRange(address, `target_value of ${type}`, tracking["target_value"], TARGETS[type]),
      ...Object.entries(COOLDOWNS).flatMap(([name, range]) => outOfRange(address, name, tracking[name], range)),
    ];
  });
}

/** The labels of the groups that a policy's service joins, each as the two attributes that it is made of. */
function labelsOf(policy: JsonObject, region: Region): readonly string[] {
  const scaled = region.resources("aws_ecs_service").filter((service) => isOf(policy, service.values));
  const joined = servicesOf(region)
    .filter(({ address }) => scaled.some((service) => service.address === address))
    .flatMap(({ targets }) => targets.map(({ group }) => group));
  return balancersOf(region).flatMap(({ address, targets }) =>
    targets
      .filter((target) => joined.includes(target.address))
      .map((target) => `${address}.arn_suffix/${target.address}.arn_suffix`),
  );
}

/** What scaling calls a service: `service/{cluster}/{service}`. */
function isOf(scaling: JsonObject, service: JsonObject): boolean {
  return toText(scaling["resource_id"] ?? "").endsWith(`/${toText(service["name"] ?? "")}`);
}
