// What stands where, and which way leads out.
import { describe, expect, test } from "vitest";
import { checkPlacement } from "../checks/placement.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("subnets", () => {
  test("tasks in public subnets are found", async () => {
    const change = ["ecs_services.tf", "aws_subnet.private[*].id", "aws_subnet.public[*].id"] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(
      /aws_ecs_service\.this\["workflow-agent"\] stands in aws_subnet\.public\[0\], which is public: expected private/,
    );
  });

  test("a public load balancer that nobody can reach is found", async () => {
    const change = ["load_balancer_api.tf", "aws_subnet.public[*].id", "aws_subnet.private[*].id"] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(
      /aws_lb\.api stands in aws_subnet\.private\[0\], which is private: expected public/,
    );
  });

  test("a NAT gateway that has no way out itself is found", async () => {
    const change = [
      "network.tf",
      /(subnet_id *= aws_subnet\.)public(\[count\.index\]\.id\n\n)/,
      "$1private$2",
    ] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(
      /aws_nat_gateway\.this\[0\] stands in aws_subnet\.private\[0\], which is private: expected public/,
    );
  });

  test("tasks that all stand in one zone are found", async () => {
    const change = ["ecs_services.tf", "aws_subnet.private[*].id", "[aws_subnet.private[0].id]"] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(
      /aws_ecs_service\.this\["api-gateway"\] stands in 1 of 2 zones: expected 2/,
    );
  });
});

describe("ways out", () => {
  const throughAnother = /with a gateway in each zone: .*private\[1\] goes out through aws_nat_gateway\.this\[0\]/;

  test.each([
    ["a route", "aws_nat_gateway.this[count.index].id", "aws_nat_gateway.this[0].id"],
    ["a route table", /aws_route_table\.private\[count\.index % [^\]]*\]\.id/, "aws_route_table.private[0].id"],
  ])("%s that leads through the gateway of another zone is found", async (_, from, to) => {
    expect(await findingsAfter(checkPlacement, "network.tf", from, to)).toMatch(throughAnother);
  });

  test("a private subnet without a way to the internet is found", async () => {
    const change = ["network.tf", "aws_route_table.private[count.index].id", "aws_route_table.public.id"] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(
      /as in the example: aws_subnet\.private\[0\] has no way to the internet/,
    );
  });

  test("an endpoint of S3 that the tasks' subnets have no route to is found", async () => {
    const change = ["network.tf", "aws_route_table.private[*].id", "[aws_route_table.public.id]"] as const;
    const findings = await findingsAfter(checkPlacement, ...change);
    expect(findings).toMatch(/as in the example: aws_subnet\.private\[0\] has no route to an endpoint of S3/);
    expect(findings).toMatch(/without a way out: aws_subnet\.private\[1\] has no route to an endpoint of S3/);
  });

  test("a subnet without a route table of its own is found", async () => {
    const change = ["network.tf", /resource "aws_route_table_association" "public" \{[^}]*\}/, ""] as const;
    expect(await findingsAfter(checkPlacement, ...change)).toMatch(/aws_subnet\.public\[0\] has 0 route tables/);
  });
});
