// Who may do what.
import { describe, expect, test } from "vitest";
import { checkIam } from "../checks/iam.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("roles", () => {
  test("a role that may do more than it needs is found", async () => {
    expect(await findingsAfter(checkIam, "*.tf", '"ssm:GetParameters"', '"ssm:*"')).toMatch(
      /allows ssm:\*, which nothing needs/,
    );
    expect(await findingsAfter(checkIam, "*.tf", "sort(local.read_secret_arns)", '["*"]')).toMatch(
      /ssm:GetParameters on everything/,
    );
    expect(await findingsAfter(checkIam, "*.tf", '"aws:SourceAccount"', '"aws:SourceArn"')).toMatch(
      /trusts ECS of every account/,
    );
  });

  test("a condition that Cloud Map never answers, so that nobody is found, is found", async () => {
    const change = ["iam.tf", '"servicediscovery:NamespaceName"', "NamespaceArn"] as const;
    const findings = await findingsAfter(checkIam, ...change);
    expect(findings).toMatch(
      /allows servicediscovery:DiscoverInstances if NamespaceArn is right, which Cloud Map never/,
    );
    expect(findings).toMatch(/allows servicediscovery:DiscoverInstances in every namespace: expected a condition/);
  });

  test("a condition for another namespace is found", async () => {
    const change = ["iam.tf", /("servicediscovery:NamespaceName" = )local\.namespace/, "$1var.name"] as const;
    expect(await findingsAfter(checkIam, ...change)).toMatch(
      /allows servicediscovery:DiscoverInstances in every namesp/,
    );
  });

  test("a log group without the streams in it is found", async () => {
    const change = ["iam.tf", "aws_cloudwatch_log_group.this.arn}:*", "aws_cloudwatch_log_group.this.arn}"] as const;
    expect(await findingsAfter(checkIam, ...change)).toMatch(
      /role_policy\.execution allows logs:CreateLogStream, logs:PutLogEvents on .* and on no stream in it/,
    );
  });

  test("an action that is needed and that no role has is found", async () => {
    expect(await findingsAfter(checkIam, "iam.tf", '"ecr:BatchGetImage", ', "")).toMatch(
      /no role may ecr:BatchGetImage, which is needed/,
    );
  });
});
