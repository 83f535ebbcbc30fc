import type { HostPort } from "../host-port.ts";
import { reset } from "./reset.ts";
import type { TargetGroup } from "./target-group.ts";
import { startTcpBalancer, type TcpBalancer } from "./tcp-balancer.ts";

/**
 * One listener of the internal network load balancer. TCP and nothing above it: a target that refuses, or the lack of
 * any, reaches the client as the reset that it is.
 */
export function startNetworkLoadBalancer(address: HostPort, group: TargetGroup): Promise<TcpBalancer> {
  return startTcpBalancer(address, group, reset);
}
