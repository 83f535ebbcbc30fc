// What people are told.
import { describe, expect, test } from "vitest";
import { checkContract } from "../checks/contract.ts";
import { checkOutputs, problemsIn } from "../checks/docs.ts";
import { checkDiscoveryOrder } from "../checks/examples.ts";
import { checkReadme } from "../checks/readme.ts";
import { readSubject } from "../checks/subject.ts";
import { findingsAfter, INFRA } from "./broken-copy.ts";

describe("outputs and documents", () => {
  test("an output that terraform output -raw refuses is found", async () => {
    const findings = await findingsAfter(
      checkOutputs,
      "outputs.tf",
      /join\(" ", module\.region\.security_group_ids\)/,
      "module.region.security_group_ids",
    );
    expect(findings).toMatch(/output\.security_group_ids is no string/);
  });

  test("an output, a variable and a command that a document names and nobody has are found", async () => {
    const text =
      "`terraform output -raw nlb_endpoint`, `TF_VAR_open_ai_key=x`, `npm run deploy-all`\n```hcl\ncpu_units = 1\n```\n";
    expect(problemsIn({ file: "docs/guides/deploy.md", text }, await readSubject(INFRA))).toEqual([
      "docs/guides/deploy.md: there is no output nlb_endpoint",
      "docs/guides/deploy.md: there is no variable open_ai_key",
      "docs/guides/deploy.md: there is no npm script deploy-all",
      "docs/guides/deploy.md: there is no variable cpu_units",
    ]);
  });

  test("a promise whose test is gone, or that never had one, is found", async () => {
    expect(await findingsAfter(checkContract, "CONTRACT.md", "[outputs are strings]", "[outputs are numbers]")).toMatch(
      /"outputs are numbers" is not in \.\.\/tools\/infra\/checks\/always\.ts/,
    );
    expect(await findingsAfter(checkContract, "CONTRACT.md", "not tested: the servers have no TLS", "")).toMatch(
      /TLS between the services: nothing holds it, and no reason is given/,
    );
  });

  test.each([
    ["cache_nodes", /(variable "cache_nodes" \{[^}]*default *= )2/, "$11", 1],
    ["max_count", /(variable "max_count" \{[^}]*default *= )8/, "$14", 4],
  ])("a default of %s that is not the promised one is found", async (name, from, to, value) => {
    expect(await findingsAfter(checkContract, "variables*.tf", from, to)).toMatch(
      new RegExp(`${name}: .* is promised, and the default is ${value}$`, "m"),
    );
  });

  test.each(["minimal.tfvars", "production.tfvars", "terraform.tfvars.example"])(
    "another order in %s than the guide advises is found",
    async (file) => {
      const change = [file, 'discovery_order = ["cloudmap", "dns", "lb"]', 'discovery_order = ["lb", "dns"]'] as const;
      expect(await findingsAfter(checkDiscoveryOrder, ...change)).toBe(
        `${file.startsWith("terraform") ? "" : "examples/"}${file}: discovery_order is ["lb","dns"]: expected ["cloudmap","dns","lb"], as the guide advises`,
      );
    },
  );

  test("a table that the HCL has left behind is found", async () => {
    expect(
      await findingsAfter(
        checkReadme,
        "variables*.tf",
        /description = "Region of the deployment\."/,
        'description = "Elsewhere."',
      ),
    ).toMatch(/tables are not those of the HCL/);
  });
});
