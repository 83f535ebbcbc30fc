/**
 * A rollback is quiet: the old tasks serve on. So whoever gets the alarms is told of each deployment that failed, of every
 * service of ours, and of nothing else. What ECS would send is held against the rules.
 */

import { JsonText, toText } from "../hcl/value.ts";
import type { Instance } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { type EventPart, takes } from "../watching/event-pattern.ts";
import { ACCOUNT, regionOf, type Subject } from "./subject.ts";

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:alarms`;

/** AWS: "The following are the service deployment state change events." */
const FAILED = "SERVICE_DEPLOYMENT_FAILED";
const QUIET = ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"];

export function checkDeploymentEvents(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan({ alarm_topic_arns: [TOPIC] }));
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

/** Whether what a rule takes is passed to the alarms' topic. */
function isHeard({ values }: Instance, region: Plan): boolean {
  return region
    .resources("aws_cloudwatch_event_target")
    .some((target) => target.values["rule"] === values["name"] && target.values["arn"] === TOPIC);
}

function isTaken({ address, values }: Instance, eventName: string, service: string): boolean {
  const pattern = values["event_pattern"];
  if (!(pattern instanceof JsonText)) throw new Error(`${address}: event_pattern is no jsonencode({…})`);
  return takes(pattern.value, deploymentEvent(eventName, service));
}

/** What a pattern can ask for of AWS's example of such an event. */
function deploymentEvent(eventName: string, service: string): EventPart {
  return {
    "detail-type": "ECS Deployment State Change",
    source: "aws.ecs",
    account: ACCOUNT,
    region: "us-east-1",
    resources: [`arn:aws:ecs:us-east-1:${ACCOUNT}:service/${service}`],
    detail: { eventType: eventName === FAILED ? "ERROR" : "INFO", eventName, deploymentId: "ecs-svc/123" },
  };
}
