// Who stands where and may talk to whom.
import { describe, expect, test } from "vitest";
import { checkPorts } from "../checks/ports.ts";
import { checkBalancers, checkGroupsAttached, checkReachability } from "../checks/security-groups.ts";
import { checkIdleTimeouts } from "../checks/timeouts.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("networks", () => {
  test("a network load balancer without its group is found", async () => {
    const change = ["load_balancer_grpc.tf", /\n *security_groups *= .*/, ""] as const;
    expect(await findingsAfter(checkGroupsAttached, ...change)).toMatch(/aws_lb\.grpc has no security group/);
    expect(await findingsAfter(checkReachability, ...change)).toMatch(
      /opens nlb → workflow-agent 50051, which nothing needs/,
    );
  });

  test("tasks that do not admit a balancer's health check are found", async () => {
    const findings = await findingsAfter(checkReachability, "*.tf", /\n *nlb-agent-health .*/, "");
    expect(findings).toMatch(/nlb → workflow-agent 8080 is needed, and no ingress rule opens it/);
    expect(findings).toMatch(/nlb → workflow-agent 8080 is needed, and no egress rule opens it/);
  });

  test("a way that nothing needs is found", async () => {
    const extra =
      'fixed_flows = {\n    back = { from = "workflow-engine", to = "api-gateway", port = local.ports.health }';
    expect(await findingsAfter(checkReachability, "*.tf", "fixed_flows = {", extra)).toMatch(
      /opens workflow-engine → api-gateway 8080, which nothing needs/,
    );
  });

  test("client addresses that pass the network load balancer are found", async () => {
    const findings = await findingsAfter(
      checkBalancers,
      "load_balancer_grpc.tf",
      /preserve_client_ip *= false/,
      "preserve_client_ip = true",
    );
    expect(findings).toMatch(/preserve_client_ip must be false/);
  });

  test("a TCP health check, which passes for a server that drains, is found", async () => {
    const findings = await findingsAfter(
      checkBalancers,
      "load_balancer_grpc.tf",
      /protocol( *)= "HTTP"/,
      'protocol$1= "TCP"',
    );
    expect(findings).toMatch(/health check must be HTTP \/readyz/);
  });

  test("a health check of the public balancer that asks another page, or another port, is found", async () => {
    const file = "load_balancer_api.tf";
    expect(await findingsAfter(checkBalancers, file, '"/readyz"', '"/ready"')).toMatch(
      /aws_lb_target_group\.api: the health check must be HTTP \/readyz, got HTTP \/ready:/,
    );
    expect(await findingsAfter(checkPorts, file, "local.ports.health", "local.ports.api_gateway")).toMatch(
      /aws_lb_target_group\.api: asks port 8000 for the health of api-gateway/,
    );
  });
});

describe("idle connections", () => {
  test("an idle timeout that ends before the next keepalive is found", async () => {
    expect(
      await findingsAfter(
        checkIdleTimeouts,
        "load_balancer_grpc.tf",
        /tcp_idle_timeout_seconds( *)= 350/,
        "tcp_idle_timeout_seconds$1= 60",
      ),
    ).toMatch(/the program speaks every 60 s/);
  });

  test("a balancer that keeps idle connections for longer than the gateway is found", async () => {
    const change = ["load_balancer_api.tf", /idle_timeout( *)= 120/, "idle_timeout$1= 150"] as const;
    expect(await findingsAfter(checkIdleTimeouts, ...change)).toMatch(
      /aws_lb\.api: idle_timeout is 150 s, and the program closes idle connections after 150 s/,
    );
  });
});
