/**
 * A rollback is quiet: the old tasks serve on. So whoever gets the alarms is told of each deployment that failed, of every
 * service of ours, and of nothing else. What ECS would send is held against the rules.
 */

import { isObject, listOf, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";
import { type EventPart, takes } from "../watching/event-pattern.ts";

const ACCOUNT = "123456789012";

/** AWS: "The following are the service deployment state change events." */
const FAILED = "SERVICE_DEPLOYMENT_FAILED";
const QUIET = ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"];

/** Only where the alarms have a topic: without one there is nobody to tell. */
export function checkDeploymentEvents(region: Region): readonly string[] {
  if (topicsOf(region).size === 0) return [];
  const rules = region.resources("aws_cloudwatch_event_rule").filter((rule) => isHeard(rule, region));
  const [cluster = ""] = region.resources("aws_ecs_cluster").map(({ values }) => toText(values["name"] ?? ""));
  const services = region.resources("aws_ecs_service").map(({ values }) => toText(values["name"] ?? ""));
  return [
    ...services
      .filter((service) => !rules.some((rule) => isTaken(rule, FAILED, `${cluster}/${service}`)))
      .map((service) => `nobody is told of ${FAILED} of ${service}`),
    ...rules.flatMap((rule) => [
      ...services.flatMap((service) =>
        QUIET.filter((name) => isTaken(rule, name, `${cluster}/${service}`)).map(
          (name) => `${rule.address} tells of ${name} of ${service} too`,
        ),
      ),
      ...(isTaken(rule, FAILED, "another-cluster/a-service") ? [`${rule.address} tells of other clusters too`] : []),
    ]),
  ];
}

function topicsOf(region: Region): ReadonlySet<string> {
  const alarms = region.resources("aws_cloudwatch_metric_alarm");
  return new Set(alarms.flatMap(({ values }) => listOf(values["alarm_actions"]).map(toText)));
}

/** Whether what a rule takes is passed to the alarms' topic. */
function isHeard({ values }: Instance, region: Region): boolean {
  return region
    .resources("aws_cloudwatch_event_target")
    .some((target) => target.values["rule"] === values["name"] && topicsOf(region).has(toText(target.values["arn"])));
}

function isTaken({ address, values }: Instance, eventName: string, service: string): boolean {
  const pattern = values["event_pattern"];
  if (!isObject(pattern)) throw new Error(`${address}: event_pattern is no object in JSON`);
  const [, region = ""] = /:ecs:([\w-]+):/.exec(toText(pattern["resources"])) ?? [];
  return takes(pattern, deploymentEvent(eventName, service, region));
}

/** What a pattern can ask for of AWS's example of such an event. */
function deploymentEvent(eventName: string, service: string, region: string): EventPart {
  return {
    "detail-type": "ECS Deployment State Change",
    source: "aws.ecs",
    account: ACCOUNT,
    region,
    resources: [`arn:aws:ecs:${region}:${ACCOUNT}:service/${service}`],
    detail: { eventType: eventName === FAILED ? "ERROR" : "INFO", eventName, deploymentId: "ecs-svc/123" },
  };
}
