// What stands twice, and must not be the same.
import { expect, test } from "vitest";
import { checkRegions } from "../checks/regions.ts";
import { mapTexts } from "../state/json.ts";
import { type Edit, edited, replaced, set, stateOf } from "./mutation.ts";

const [FIRST, SECOND] = ["us-east-1", "eu-west-1"] as const;

function findingsAfter(edit: Edit, module = "secondary[0]"): string {
  const state = stateOf("second-region");
  const modules = { ...state.modules, [module]: edited(state.modules[module] ?? {}, edit) };
  return checkRegions("second-region", { ...state, modules }).join("\n");
}

/** All of a region's texts with the other region's name, in some of its resources. */
function moved(address: string, name: string): Edit {
  return (resources) => {
    const addresses = Object.keys(resources).filter((each) => each.startsWith(address));
    for (const each of addresses)
      resources[each] = mapTexts(resources[each] ?? null, (text) => text.replace(SECOND, name));
  };
}

test("two regions as they are have no finding", () => {
  expect(checkRegions("second-region", stateOf("second-region"))).toEqual([]);
});

test("a second region that is made by the first one's provider is found", () => {
  const findings = findingsAfter(moved("aws_subnet.", FIRST));
  expect(findings).toMatch(/two regions are made by one provider, in us-east-1 and us-east-1/);
  expect(findings).toMatch(
    /secondary\[0\] is made in us-east-1, and aws_vpc_endpoint\.s3\.service_name names eu-west-1/,
  );
});

test("a second region with the name of the first one is found", () => {
  expect(findingsAfter(moved("aws_vpc_endpoint.", FIRST))).toMatch(
    /secondary\[0\] is made in eu-west-1, and aws_vpc_endpoint\.s3\.service_name names us-east-1/,
  );
});

test.each([
  ["secrets", "container_definitions.0.secrets.0.valueFrom", "container_definitions.secrets.valueFrom"],
  ["logs", "container_definitions.0.logConfiguration.options.awslogs-region", "awslogs-region"],
])("%s of one certain region are found", (_, path, place) => {
  const edit = set("aws_ecs_task_definition.this*", path, replaced(SECOND, FIRST));
  expect(findingsAfter(edit)).toMatch(
    new RegExp(`^secondary\\[0\\] is made in eu-west-1, and .*${place} names us-east-1$`),
  );
});

test("a key of the first region for the second one's secrets is found", () => {
  expect(findingsAfter(moved("aws_ssm_parameter.secret", FIRST))).toMatch(
    /secondary\[0\] is made in eu-west-1, and aws_ssm_parameter\.secret\.key_id names us-east-1/,
  );
});

test("two regions that take each other's global names are found", () => {
  const role = set("aws_iam_role.execution", "name", `agent-team-production-${FIRST}-execution`);
  expect(findingsAfter(role)).toMatch(
    /two regions have an aws_iam_role called agent-team-production-us-east-1-execution/,
  );
  const board = set("aws_cloudwatch_dashboard.this", "dashboard_name", `agent-team-production-${FIRST}`);
  expect(findingsAfter(board)).toMatch(
    /two regions have an aws_cloudwatch_dashboard called agent-team-production-us-east-1,/,
  );
});

test("two regions with the same addresses are found", () => {
  expect(findingsAfter(set("aws_vpc.this", "cidr_block", "10.0.0.0/16"))).toMatch(
    /two regions share addresses, 10\.0\.0\.0\/16 and 10\.0/,
  );
});
