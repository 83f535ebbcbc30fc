// Mistakes of an earlier implementation that lay in git and not in the HCL.
import { expect, test } from "vitest";
import { problemsOf } from "./tracked.ts";

test.each([
  ["infra/terraform.tfstate", "{}", /holds what Terraform knows/],
  ["infra/deploy.tfplan", "", /holds what Terraform knows/],
  ["infra/terraform.tfvars", "", /holds what Terraform knows/],
  ["infra/backend.tf.example", 'bucket = "state-482910573846"'.replace("state-", "state "), /an account id/],
  ["infra/notes.md", `key ${"AKIA"}ABCDEFGHIJKLMNOP`, /an access key/],
  [".ci/run", "npm test || echo skipped", /a step whose failure is hidden/],
  ["infra/deploy.sh", "docker push agent:latest", /tag latest/],
])("%s with %s is found", (path, text, finding) => {
  expect(problemsOf({ path, text }).join("\n")).toMatch(finding);
});

test("the ids and commands that documents may hold are not found", () => {
  expect(
    problemsOf({ path: "docs/guides/deploy.md", text: "arn:aws:acm:us-east-1:123456789012:certificate/a" }),
  ).toEqual([]);
  expect(problemsOf({ path: "infra/deploy.sh", text: 'tail -n 20 "$log" || true' })).toEqual([]);
});
