import type { HostPort } from "@agent-team/foundation/host-port";
import { reset } from "./reset.ts";
import type { TargetGroup } from "./target-group.ts";
import { startTcpBalancer, type TcpBalancer } from "./tcp-balancer.ts";

/**
 * One listener of the internal network load balancer. It forwards TCP: when a target refuses the connection, or none is
 * registered, the client gets a reset.
 */
export function startNetworkLoadBalancer(address: HostPort, group: TargetGroup): Promise<TcpBalancer> {
  return startTcpBalancer(address, group, reset);
}
