// Compares the security groups of the local cloud with those of Terraform: a program cannot read HCL at run time.

import { expect, test } from "vitest";
import { defaultRegion } from "../../../tools/infra/checks/subject.ts";
import { rulesOf } from "../../../tools/infra/network/rules.ts";
import { FLOWS, SECURITY_GROUPS } from "../src/security-groups.ts";

test("the security groups and flows are those that Terraform makes by default", () => {
  const region = defaultRegion();
  const keyOf = (address: string): string => /\["([^"]+)"\]$/.exec(address)?.[1] ?? address;
  const groups = region.resources("aws_security_group").map(({ key, values }) => [key, values["description"]]);
  expect(SECURITY_GROUPS).toEqual(Object.fromEntries(groups));

  const vpc = region.only("aws_vpc").values["cidr_block"];
  const place = (end: string): string => (end === vpc ? "clients" : keyOf(end));
  const edges = rulesOf(region).map(({ from, to, port }) => `${place(from)} ${place(to)} ${port}`);
  const ours = FLOWS.map(({ from, to, port }) => `${from} ${to} ${port}`);
  expect(ours.toSorted()).toEqual([...new Set(edges)].toSorted());
});
