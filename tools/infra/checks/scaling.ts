/** A service that is busy grows by what is measured of it, and no apply takes back what scaling gave. */

import { addressesIn, toText, type ValueObject } from "../hcl/value.ts";
import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import { blocksIn, type Instance } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { regionOf, type Subject } from "./subject.ts";

export function checkScaling(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan());
  return [
    ...region.resources("aws_ecs_service").flatMap((service) => checkService(service, region)),
    ...region.resources("aws_appautoscaling_policy").flatMap((policy) => checkLabel(policy, region)),
  ];
}

function checkService(service: Instance, region: Plan): readonly string[] {
  const { address, ignored } = service;
  const isIts = ({ values }: Instance): boolean => isOf(values, service.values);
  const [target] = region.resources("aws_appautoscaling_target").filter(isIts);
  if (target === undefined) return [`${address} is not scaled`];
  const [least, most] = [Number(target.values["min_capacity"]), Number(target.values["max_capacity"])];
  return [
    ...(most > least ? [] : [`${target.address}: max_capacity is ${most}, and min_capacity ${least}: it cannot grow`]),
    ...(region.resources("aws_appautoscaling_policy").some(isIts) ? [] : [`${address} has no policy to scale by`]),
    ...(ignored.includes("desired_count") || ignored.includes("all")
      ? []
      : [`${address} does not ignore changes of desired_count: each apply would take back what scaling gave`]),
  ];
}

/**
 * AWS knows the requests of a target group by the end of the balancer's ARN and the end of the group's:
 * "app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>".
 */
function checkLabel({ address, values }: Instance, region: Plan): readonly string[] {
  const metrics = blocksIn(values, "target_tracking_scaling_policy_configuration").flatMap((tracking) =>
    blocksIn(tracking, "predefined_metric_specification"),
  );
  const labels = metrics
    .filter((metric) => metric["predefined_metric_type"] === "ALBRequestCountPerTarget")
    .map((metric) => addressesIn(metric["resource_label"] ?? "").join(" "));
  const expected = labelsOf(values, region);
  return labels
    .filter((label) => !expected.includes(label))
    .map((label) => `${address}: resource_label is made of ${label}: expected ${expected.join(" or ")}`);
}

/** The labels of the groups that a policy's service joins, each as the two attributes that it is made of. */
function labelsOf(policy: ValueObject, region: Plan): readonly string[] {
  const scaled = region.resources("aws_ecs_service").filter((service) => isOf(policy, service.values));
  const joined = servicesOf(region)
    .filter(({ address }) => scaled.some((service) => service.address === address))
    .flatMap(({ targets }) => targets.map(({ group }) => group));
  return balancersOf(region).flatMap(({ address, targets }) =>
    targets
      .filter((target) => joined.includes(target.address))
      .map((target) => `${address}.arn_suffix ${target.address}.arn_suffix`),
  );
}

/** What scaling calls a service: `service/{cluster}/{service}`. */
function isOf(scaling: ValueObject, service: ValueObject): boolean {
  return toText(scaling["resource_id"] ?? "").endsWith(`/${toText(service["name"] ?? "")}`);
}
