// What may as well be written in another way: a check that knew the HCL by heart would be in the way of all of these.
import { expect, test } from "vitest";
import { checkAlarms } from "../checks/alarms.ts";
import { checkIam } from "../checks/iam.ts";
import { checkOrder } from "../checks/order.ts";
import { checkPlacement } from "../checks/placement.ts";
import { checkScaling } from "../checks/scaling.ts";
import { type Change, findingsAfter, findingsAfterAll } from "./broken-copy.ts";

const ALARM = `
resource "aws_cloudwatch_metric_alarm" "crowded" {
  alarm_name          = "crowded"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 1000
  dimensions          = { LoadBalancer = aws_lb.api.arn_suffix }
  metric_name         = "RequestCount"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Sum"
}
`;

test("a route may stand in its table", async () => {
  const route = 'route {\n    cidr_block = "0.0.0.0/0"\n    gateway_id = aws_internet_gateway.this.id\n  }';
  const changes: readonly Change[] = [
    ["network.tf", /resource "aws_route" "public" \{[^}]*\}/, ""],
    ["network.tf", /(resource "aws_route_table" "public" \{\n)/, `$1  ${route}\n`],
  ];
  expect(await findingsAfterAll(checkPlacement, changes)).toBe("");
  expect(await findingsAfterAll(checkPlacement, changes.slice(0, 1))).toMatch(/aws_lb\.api stands in .* is private/);
});

test("what the task definition names need not stand in depends_on", async () => {
  const changes: readonly Change[] = [
    ["ecs_services.tf", /\n *aws_lb_listener\.grpc,/, ""],
    [
      "environments.tf",
      "${aws_lb.grpc.dns_name}:${local.ports.workflow_agent}",
      "${aws_lb.grpc.dns_name}:${aws_lb_listener.grpc.port}",
    ],
  ];
  expect(await findingsAfterAll(checkOrder, changes)).toBe("");
});

test("all changes may be ignored in the place of one", async () => {
  expect(await findingsAfter(checkScaling, "ecs_services.tf", "[desired_count]", "all")).toBe("");
});

test("a role may be held to more than its namespace", async () => {
  const held = '"servicediscovery:NamespaceName" = local.namespace, "aws:SourceVpc" = aws_vpc.this.id';
  const change = ["iam.tf", '"servicediscovery:NamespaceName" = local.namespace', held] as const;
  expect(await findingsAfter(checkIam, ...change)).toBe("");
});

test("an alarm may be of one figure, without queries, and is looked at all the same", async () => {
  expect(await findingsAfter(checkAlarms, "alarms.tf", /$/, ALARM)).toBe("");
  const wrong = ALARM.replace("RequestCount", "Requests");
  expect(await findingsAfter(checkAlarms, "alarms.tf", /$/, wrong)).toMatch(
    /aws_cloudwatch_metric_alarm\.crowded: nobody is known to write AWS\/ApplicationELB Requests /,
  );
});
