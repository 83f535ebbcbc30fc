// Mistakes of a second region: what it takes from the first one, and what both have in common.

import { expect, test } from "vitest";
import { findingsOf } from "../checks/findings.ts";
import { checkRegions } from "../checks/regions.ts";
import { type Json, mapTexts } from "../state/json.ts";
import { type Edit, edited, replaced, set, stateOf } from "./mutation.ts";

const [FIRST, SECOND] = ["us-east-1", "eu-west-1"] as const;
const MODULE = "secondary[0]";
const TASKS = "aws_ecs_task_definition.this*";
const MADE_IN_SECOND = "secondary\\[0\\] is made in eu-west-1, and";

function findingsAfter(edits: readonly Edit[]): string {
  const state = stateOf("second-region");
  const modules = { ...state.modules, [MODULE]: edited(state.modules[MODULE] ?? {}, edits) };
  return findingsOf(() => checkRegions("second-region", { ...state, modules })).join("\n");
}

/** Names the first region in all texts of some resources. */
function moved(address: string): Edit {
  return (resources) => {
    for (const [each, resource] of Object.entries(resources)) {
      const move = (text: string): Json => text.replace(SECOND, FIRST);
      if (each.startsWith(address)) Object.assign(resource, mapTexts(resource as unknown as Json, move));
    }
  };
}

test("two regions without a mistake have no finding", () => {
  expect(findingsAfter([])).toBe("");
});

// biome-ignore format: a table, one mistake a line
test.each<[string, Edit, string]>([
  ["a second region that is made by the first one's provider", moved("aws_subnet."), "two regions are made by one provider, in us-east-1 and us-east-1\nsecondary\\[0\\] is made in us-east-1, and .*[^]*\n.* aws_vpc_endpoint\\.s3\\.service_name names eu-west-1"],
  ["a second region with an endpoint of the first one", moved("aws_vpc_endpoint."), `${MADE_IN_SECOND} aws_vpc_endpoint\\.s3\\.service_name names us-east-1`],
  ["secrets of the first region", set(TASKS, "container_definitions.0.secrets.0.valueFrom", replaced(SECOND, FIRST)), `^${MADE_IN_SECOND} .*container_definitions\\.secrets\\.valueFrom names us-east-1$`],
  ["logs of the first region", set(TASKS, "container_definitions.0.logConfiguration.options.awslogs-region", replaced(SECOND, FIRST)), `^${MADE_IN_SECOND} .*awslogs-region names us-east-1$`],
  ["a key of the first region for the second one's secrets", moved("aws_ssm_parameter.secret"), `${MADE_IN_SECOND} aws_ssm_parameter\\.secret\\.key_id names us-east-1`],
  ["a role with the name of the first region's", set("aws_iam_role.execution", "name", `agent-team-production-${FIRST}-execution`), "two regions have an aws_iam_role called agent-team-production-us-east-1-execution,"],
  ["a dashboard with the name of the first region's", set("aws_cloudwatch_dashboard.this", "dashboard_name", `agent-team-production-${FIRST}`), "two regions have an aws_cloudwatch_dashboard called agent-team-production-us-east-1,"],
  ["two regions with the same addresses", set("aws_vpc.this", "cidr_block", "10.0.0.0/16"), "two regions share addresses, 10\\.0\\.0\\.0/16 and 10\\.0"],
])("finds %s", (_, edit, finding) => {
  expect(findingsAfter([edit])).toMatch(new RegExp(finding));
});
