// What the provider, a module or another part of the HCL would refuse.
import { describe, expect, test } from "vitest";
import { checkModules } from "../checks/modules.ts";
import { checkPorts } from "../checks/ports.ts";
import { checkProvider } from "../checks/provider.ts";
import { checkReferences } from "../checks/references.ts";
import { checkSchema } from "../checks/schema.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("arguments", () => {
  test("one that the resource lacks is found without Terraform", async () => {
    const findings = await findingsAfter(checkSchema, "*.tf", "propagate_tags", "propagate_labels");
    expect(findings).toMatch(
      /ecs_services\.tf: aws_ecs_service\.this: propagate_labels is not an argument \(provider /,
    );
  });

  test("one that is missing is found", async () => {
    expect(await findingsAfter(checkSchema, "*.tf", /\n *family *= .*/, "")).toMatch(/family is required/);
  });

  test("a name that does not exist is found", async () => {
    expect(
      await findingsAfter(checkReferences, "outputs.tf", "aws_ecs_cluster.this.name", "aws_ecs_cluster.main.name"),
    ).toMatch(/there is no aws_ecs_cluster\.main/);
    expect(await findingsAfter(checkReferences, "*.tf", "aws_lb.api.dns_name", "aws_lb.api.hostname")).toMatch(
      /the provider tells no "hostname"/,
    );
  });

  test("an input that the module does not take is found", async () => {
    expect(await findingsAfter(checkModules, "main.tf", "  region ", "  zone ")).toMatch(
      /the input region is missing.*\n.*has no variable zone/,
    );
  });
});

describe("provider", () => {
  test("a range of versions that were not tested is found", async () => {
    expect(await findingsAfter(checkProvider, "versions.tf", '"~> 5.100.0"', '">= 5.100.0, < 7.0.0"')).toMatch(
      />= 5\.100\.0, < 7\.0\.0 of the AWS provider: expected ~> and one of 5\.100\.0, 6\.66\.0/,
    );
  });

  test("a module that takes another version than the root is found", async () => {
    expect(await findingsAfter(checkProvider, "region/versions.tf", "~> 5.100.0", "~> 6.66.0")).toMatch(
      /infra\/modules\/region takes ~> 6\.66\.0 of the AWS provider, infra ~> 5\.100\.0/,
    );
  });
});

describe("ports", () => {
  test("an engine on 8000 here and on 50050 there is found", async () => {
    const findings = await findingsAfter(checkPorts, "*.tf", /workflow_engine( *)= 50050/, "workflow_engine$1= 8000");
    expect(findings).toMatch(/workflow-engine: GRPC_PORT and the program's default: 8000 and 50050/);
    expect(findings).toMatch(/workflow-engine: GRPC_PORT and the local cloud: 8000 and 50050/);
  });

  test("a port outside of the one list is found", async () => {
    const findings = await findingsAfter(checkPorts, "load_balancer_grpc.tf", "local.ports.workflow_agent", "50051");
    expect(findings).toMatch(/50051 stands outside of local\.ports/);
  });
});
