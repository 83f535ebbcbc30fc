/**
 * After a rollback the old tasks go on serving, and no alarm shows that a deployment failed. So the topics of the alarms
 * get ECS's event of each failed deployment of this cluster, and no other event.
 */

import { isDeepStrictEqual } from "node:util";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

const ACCOUNT = "123456789012";

/** No finding where the alarms have no topic. */
export function* checkDeploymentEvents(region: Region): Findings {
  const cluster = region.only("aws_ecs_cluster").text("name");
  // AWS: "The following are the service deployment state change events."
  const expected = {
    detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
    "detail-type": ["ECS Deployment State Change"],
    resources: [{ prefix: `arn:aws:ecs:${region.awsRegion}:${ACCOUNT}:service/${cluster}/` }],
    source: ["aws.ecs"],
  };
  const rules = region
    .resources("aws_cloudwatch_event_rule")
    .filter(({ values }) => isDeepStrictEqual(values["event_pattern"], expected))
    .map((rule) => rule.text("name"));
  const reached = region
    .resources("aws_cloudwatch_event_target")
    .filter((target) => rules.includes(target.text("rule")))
    .map((target) => target.text("arn"));
  for (const topic of region
    .resources("aws_cloudwatch_metric_alarm")
    .flatMap((alarm) => alarm.texts("alarm_actions"))) {
    if (!reached.includes(topic))
      yield `${topic} gets no failed deployments: expected a rule with ${JSON.stringify(expected)}`;
  }
}
