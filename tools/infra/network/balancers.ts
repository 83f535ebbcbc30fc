import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";

/** A load balancer with the target groups that its listeners forward to. */
export interface Balancer {
  readonly instance: Instance;
  readonly kind: "application" | "network";
  readonly groups: readonly string[];
  readonly ports: readonly number[];
  readonly targets: readonly TargetGroup[];
}

interface TargetGroup {
  readonly instance: Instance;
  readonly port: number;
  readonly healthPort: number;
}

export function balancersOf(region: Region): readonly Balancer[] {
  return region.resources("aws_lb").map((instance) => {
    const listeners = region
      .resources("aws_lb_listener")
      .filter((listener) => listener.refs("load_balancer_arn").includes(instance.address));
    const used = listeners.flatMap(forwardsTo);
    return {
      instance,
      kind: instance.text("load_balancer_type") === "network" ? "network" : "application",
      groups: instance.refs("security_groups"),
      ports: listeners.map((listener) => listener.number("port")),
      targets: region
        .resources("aws_lb_target_group")
        .filter(({ address }) => used.includes(address))
        .map(toTargetGroup),
    };
  });
}

/** The target groups of a listener. */
export function forwardsTo(listener: Instance): readonly string[] {
  return listener.blocks("default_action").flatMap((action) => action.refs("target_group_arn"));
}

function toTargetGroup(instance: Instance): TargetGroup {
  const port = instance.number("port");
  const healthPort = instance.block("health_check").text("port") || "traffic-port";
  return { instance, port, healthPort: healthPort === "traffic-port" ? port : Number(healthPort) };
}
