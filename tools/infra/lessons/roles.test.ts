// Who may do what.
import { describe, expect, test } from "vitest";
import { checkIam } from "../checks/iam.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("roles", () => {
  test("a role that may do more than it needs is found", async () => {
    expect(await findingsAfter(checkIam, "*.tf", '"ssm:GetParameters"', '"ssm:*"')).toMatch(
      /allows ssm:\*, which nothing needs/,
    );
    expect(await findingsAfter(checkIam, "*.tf", "sort(values(local.secret_arns))", '["*"]')).toMatch(
      /ssm:GetParameters on everything/,
    );
    expect(await findingsAfter(checkIam, "*.tf", '"aws:SourceAccount"', '"aws:SourceArn"')).toMatch(
      /trusts ECS of every account/,
    );
  });
});
