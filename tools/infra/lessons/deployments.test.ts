// What comes with a new version.
import { describe, expect, test } from "vitest";
import { checkBadInput } from "../checks/bad-input.ts";
import { checkNames } from "../checks/limits.ts";
import { checkServices } from "../checks/services.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("deployments", () => {
  test.each([
    ["no breaker", /deployment_circuit_breaker \{[^}]*\}/, "", /no deployment circuit breaker/],
    ["no grace", /\n *health_check_grace_period_seconds.*/, "", /no health check grace period/],
  ])("%s is found", async (_, from, to, finding) => {
    expect(await findingsAfter(checkServices, "*.tf", from, to)).toMatch(finding);
  });

  test("committed placeholders that would beat real values are refused", async () => {
    const findings = await findingsAfter(
      checkBadInput,
      "variables*.tf",
      /validation \{[^}]*"openai_api_key"\)[^}]*\}/,
      "",
    );
    expect(findings).toMatch(/your-openai-api-key.* is not refused/);
  });

  test("the tag latest is refused", async () => {
    expect(await findingsAfter(checkBadInput, "variables*.tf", ' && var.image_tag != "latest"', "")).toMatch(
      /"latest".* is not refused/,
    );
  });

  test("a name that makes a balancer's too long is found", async () => {
    expect(await findingsAfter(checkNames, "load_balancer_grpc.tf", "-grpc-nlb", "-internal-grpc-balancer")).toMatch(
      /aws_lb\.grpc: the name .* has \d+ characters/,
    );
  });
});
