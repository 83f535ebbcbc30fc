import { createHash } from "node:crypto";
import { arn, resourceId } from "../aws-names.ts";
import type { Listener } from "./load-balancers.ts";

type Kind = Listener["kind"];

/** Names and ARNs of balancers, listeners and target groups, as Terraform and AWS form them. */
export const elbNames = {
  balancer: (cloud: string, kind: Kind): string => (kind === "nlb" ? `${cloud}-grpc-nlb` : `${cloud}-alb`),
  /** The suffix is Terraform's: a digest of port and protocol. */
  targetGroup: (cloud: string, kind: Kind, port: number): string => {
    const digest = createHash("sha1")
      .update(`${port} ${elbProtocol(kind)}`)
      .digest("hex");
    return `${cloud}-${kind === "nlb" ? "grpc" : "api"}-${digest.slice(0, 4)}`;
  },
} as const;

export const elbArns = {
  balancer: (cloud: string, kind: Kind): string => elbArn(`loadbalancer/${balancerPath(cloud, kind)}`),
  listener: (cloud: string, kind: Kind, port: number): string =>
    elbArn(`listener/${balancerPath(cloud, kind)}/${resourceId("", `${kind} ${port}`, 16)}`),
  targetGroup: (cloud: string, kind: Kind, port: number): string => {
    const name = elbNames.targetGroup(cloud, kind, port);
    return elbArn(`targetgroup/${name}/${resourceId("", name, 16)}`);
  },
} as const;

/** The internal load balancer's DNS name. */
export function nlbDnsName(cloud: string): string {
  return `${elbNames.balancer(cloud, "nlb")}.elb.local`;
}

export function elbProtocol(kind: Kind): "TCP" | "HTTP" {
  return kind === "nlb" ? "TCP" : "HTTP";
}

function balancerPath(cloud: string, kind: Kind): string {
  const name = elbNames.balancer(cloud, kind);
  return `${kind === "nlb" ? "net" : "app"}/${name}/${resourceId("", name, 16)}`;
}

function elbArn(resource: string): string {
  return arn("elasticloadbalancing", resource);
}
