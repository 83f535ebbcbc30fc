/**
 * After a rollback the old tasks go on serving, and nothing else shows that a deployment failed. So the topics of the alarms
 * get ECS's event of each failed deployment of this cluster, and no other event.
 */

import { isDeepStrictEqual } from "node:util";
import { listOf, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";

const ACCOUNT = "123456789012";

/** No finding where the alarms have no topic. */
export function checkDeploymentEvents(region: Region): readonly string[] {
  const alarms = region.resources("aws_cloudwatch_metric_alarm");
  const topics = [...new Set(alarms.flatMap(({ values }) => listOf(values["alarm_actions"]).map(toText)))];
  const expected = patternOf(region);
  const rules = region
    .resources("aws_cloudwatch_event_rule")
    .filter(({ values }) => isDeepStrictEqual(values["event_pattern"], expected))
    .map(({ values }) => values["name"]);
  const targets = region
    .resources("aws_cloudwatch_event_target")
    .filter(({ values }) => rules.includes(values["rule"] ?? ""));
  const reached = new Set(targets.map(({ values }) => toText(values["arn"])));
  return topics
    .filter((topic) => !reached.has(topic))
    .map((topic) => `${topic} gets no failed deployments: expected a rule with ${JSON.stringify(expected)}`);
}

/** AWS: "The following are the service deployment state change events." */
function patternOf(region: Region): object {
  const cluster = toText(region.only("aws_ecs_cluster").values["name"]);
  return {
    detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
    "detail-type": ["ECS Deployment State Change"],
    resources: [{ prefix: `arn:aws:ecs:${region.place}:${ACCOUNT}:service/${cluster}/` }],
    source: ["aws.ecs"],
  };
}
