/**
 * The security groups and their rules, as infra/modules/region/security_groups.tf makes them with its defaults. A program
 * cannot read HCL at run time, so they are repeated here; a test compares the two. They are only described by the EC2 API
 * and not enforced.
 */

import { resourceId } from "./aws-names.ts";

/** One allowed connection. `from` and `to` are groups, `internet`, or `clients` (the addresses of the VPC). */
export interface Flow {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Descriptions by the suffix of the group's name. */
export const SECURITY_GROUPS: Readonly<Record<string, string>> = {
  alb: "Public load balancer",
  "api-gateway": "Tasks of api-gateway",
  cache: "Nodes of the cache",
  nlb: "Internal load balancer of workflow-agent",
  "workflow-agent": "Tasks of workflow-agent",
  "workflow-engine": "Tasks of workflow-engine",
};

export const FLOWS: readonly Flow[] = [
  { name: "internet-alb-http", from: "internet", to: "alb", port: 80 },
  { name: "alb-gateway", from: "alb", to: "api-gateway", port: 8000 },
  { name: "alb-gateway-health", from: "alb", to: "api-gateway", port: 8080 },
  { name: "clients-nlb", from: "clients", to: "nlb", port: 50051 },
  { name: "gateway-nlb", from: "api-gateway", to: "nlb", port: 50051 },
  { name: "nlb-agent", from: "nlb", to: "workflow-agent", port: 50051 },
  { name: "nlb-agent-health", from: "nlb", to: "workflow-agent", port: 8080 },
  { name: "gateway-agent", from: "api-gateway", to: "workflow-agent", port: 50051 },
  { name: "gateway-engine", from: "api-gateway", to: "workflow-engine", port: 50050 },
  { name: "agent-engine", from: "workflow-agent", to: "workflow-engine", port: 50050 },
  { name: "gateway-cache", from: "api-gateway", to: "cache", port: 6379 },
  { name: "agent-cache", from: "workflow-agent", to: "cache", port: 6379 },
  { name: "engine-cache", from: "workflow-engine", to: "cache", port: 6379 },
  { name: "gateway-internet", from: "api-gateway", to: "internet", port: 443 },
  { name: "agent-internet", from: "workflow-agent", to: "internet", port: 443 },
  { name: "engine-internet-443", from: "workflow-engine", to: "internet", port: 443 },
  { name: "engine-internet-80", from: "workflow-engine", to: "internet", port: 80 },
];

export function securityGroupName(cloud: string, group: string): string {
  return `${cloud}-${group}`;
}

export function securityGroupId(cloud: string, group: string): string {
  return resourceId("sg-", securityGroupName(cloud, group), 17);
}
