// What stands twice, and must not be the same.
import { expect, test } from "vitest";
import { checkContract } from "../checks/contract.ts";
import { checkRegions } from "../checks/regions.ts";
import { findingsAfter } from "./broken-copy.ts";

test("a second region that is made by the first one's provider is found", async () => {
  const findings = await findingsAfter(checkRegions, "main.tf", "aws = aws.secondary", "aws = aws");
  expect(findings).toMatch(
    /no module is handed a provider of ap-southeast-2: they are made in eu-west-1 and eu-west-1/,
  );
  expect(findings).toMatch(
    /secondary\[0\] is made in eu-west-1, and aws_vpc_endpoint\.s3\.service_name names ap-south/,
  );
});

test("a second region that is told to be the first is found", async () => {
  const change = ["main.tf", /region( *)= var\.secondary_region\n/, "region$1= var.aws_region\n"] as const;
  expect(await findingsAfter(checkRegions, ...change)).toMatch(
    /secondary\[0\] is made in ap-southeast-2, and aws_vpc_endpoint\.s3\.service_name names eu-west-1/,
  );
});

test.each([
  ["secrets", "secrets.tf", "ssm:${var.region}:", "ssm:us-east-1:", "container_definitions.secrets.valueFrom"],
  ["logs", "ecs.tf", /awslogs-region( *)= var\.region/, 'awslogs-region$1= "us-east-1"', "awslogs-region"],
])("%s of one certain region are found", async (_, file, from, to, place) => {
  const findings = await findingsAfter(checkRegions, file, from, to);
  const lines = findings.split("\n").filter((line) => line.includes(place) && line.endsWith("names us-east-1"));
  expect(lines.map((line) => line.split(", and ")[0])).toEqual([
    "region is made in eu-west-1",
    "secondary[0] is made in ap-southeast-2",
  ]);
});

test("a key of the first region for the second one's secrets is found", async () => {
  const change = ["main.tf", /kms_key_arn( *)= try\(.*/, "kms_key_arn$1= var.kms_key_arn"] as const;
  expect(await findingsAfter(checkRegions, ...change)).toMatch(
    /secondary\[0\] is made in ap-southeast-2, and aws_ssm_parameter\.secret\.key_id names eu-west-1/,
  );
});

test("two regions that take each other's global names are found", async () => {
  const change = ["locals.tf", /role_prefix = .*/, "role_prefix = var.name"] as const;
  const findings = await findingsAfter(checkRegions, ...change);
  expect(findings).toMatch(/two regions have an aws_iam_role called agent-team-production-execution/);
  expect(findings).toMatch(/two regions have an aws_cloudwatch_dashboard called agent-team-production,/);
});

test("two regions with the same addresses by default are found", async () => {
  const change = ["variables*.tf", '"10.1.0.0/16"\n', '"10.0.0.0/16"\n'] as const;
  expect(await findingsAfter(checkRegions, ...change)).toMatch(
    /two regions share addresses, 10\.0\.0\.0\/16 and 10\.0/,
  );
  expect(await findingsAfter(checkContract, ...change)).toMatch(/secondary_vpc_cidr: .*the default is 10\.0\.0\.0\/16/);
});
