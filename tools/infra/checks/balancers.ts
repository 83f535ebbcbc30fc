/** The target groups of the load balancers: what they are, how they check health, and how long they wait. */

import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

/** Seconds and counts. A task is asked often enough to be found draining before its GOAWAY. */
const HEALTH_CHECK = {
  healthy_threshold: [2, 3],
  interval: [5, 10],
  timeout: [2, 5],
  unhealthy_threshold: [2, 3],
} as const;

/** Seconds. A turn of a conversation has as long to end. */
const DEREGISTRATION_DELAY = [30, 300] as const;

export function* checkBalancers(region: Region): Findings {
  const joined = servicesOf(region).flatMap(({ targets }) => targets);
  for (const { instance: balancer, kind, targets } of balancersOf(region)) {
    if (targets.length === 0) yield `${balancer.address} has no target group behind a listener`;
    for (const { instance: target, port } of targets) {
      const { address } = target;
      const check = target.block("health_check");
      if (kind === "network")
        yield* compare(
          address,
          target,
          { preserve_client_ip: "false" },
          "a task that calls itself through the load balancer would hang",
        );
      // HTTP/2 passes an NLB as TCP; the tasks of Fargate are targets by their address.
      yield* compare(address, target, { protocol: kind === "network" ? "TCP" : "HTTP", target_type: "ip" });
      yield* compare(address, target, { deregistration_delay: DEREGISTRATION_DELAY });
      // `ports.ts` checks the port.
      yield* compare(
        `${address}, health check`,
        check,
        { protocol: "HTTP", path: "/readyz" },
        "everything else passes for a server that drains",
      );
      yield* compare(`${address}, health check`, check, HEALTH_CHECK);
      if (!(check.number("timeout") < check.number("interval"))) yield `${address}: timeout is not less than interval`;
      const ports = joined.filter(({ group }) => group === address).map((each) => each.port);
      if (ports.length === 0) yield `${address}: no service joins it`;
      for (const other of ports)
        if (other !== port) yield `${address}: its port is ${port}, and that of its tasks ${other}`;
    }
  }
}
