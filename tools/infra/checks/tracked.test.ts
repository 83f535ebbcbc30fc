// Mistakes in files that git tracks.

import { expect, test } from "vitest";
import { problemsOf } from "./tracked.ts";

test.each([
  ["infra/terraform.tfstate", "{}", /holds Terraform's data/],
  ["infra/deploy.tfplan", "", /holds Terraform's data/],
  ["infra/terraform.tfvars", "", /holds Terraform's data/],
  ["infra/backend.tf.example", 'bucket = "state-482910573846"'.replace("state-", "state "), /an account id/],
  ["infra/notes.md", `key ${"AKIA"}ABCDEFGHIJKLMNOP`, /an access key/],
  [".ci/run", "npm test || echo skipped", /a step whose failure is hidden/],
  ["infra/deploy.sh", "docker push agent:latest", /tag latest/],
])("finds %s with %s", (path, text, finding) => {
  expect([...problemsOf({ path, text })].join("\n")).toMatch(finding);
});

test("the ids and commands that documents may hold have no finding", () => {
  const arn = "arn:aws:acm:us-east-1:123456789012:certificate/a";
  expect([...problemsOf({ path: "docs/guides/deploy.md", text: arn })]).toEqual([]);
  expect([...problemsOf({ path: "infra/deploy.sh", text: 'tail -n 20 "$log" || true' })]).toEqual([]);
});
