import { blocksIn, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";

/** A load balancer with its listeners and the target groups behind them. */
export interface Balancer {
  readonly address: string;
  readonly dnsName: string;
  readonly isInternal: boolean;
  readonly kind: string;
  readonly groups: readonly string[];
  readonly ports: readonly number[];
  readonly listeners: readonly Listener[];
  readonly targets: readonly TargetGroup[];
}

interface Listener {
  readonly address: string;
  /** Target groups that it sends to. */
  readonly targets: readonly string[];
}

interface TargetGroup {
  readonly address: string;
  readonly port: number;
  readonly healthPort: number;
  readonly instance: Instance;
}

export function balancersOf(region: Region): readonly Balancer[] {
  const targetGroups = region.resources("aws_lb_target_group").map(toTargetGroup);
  const listeners = region.resources("aws_lb_listener");
  return region.resources("aws_lb").map(({ address, values }) => {
    const own = listeners.filter((listener) => resourcesIn(listener.values["load_balancer_arn"]).includes(address));
    const used = own.map(toListener);
    return {
      address,
      dnsName: toText(values["dns_name"]),
      isInternal: values["internal"] === true,
      kind: toText(values["load_balancer_type"] ?? "application"),
      groups: resourcesIn(values["security_groups"]),
      ports: own.map(({ values: listener }) => Number(listener["port"])),
      listeners: used,
      targets: targetGroups.filter((each) => used.some(({ targets }) => targets.includes(each.address))),
    };
  });
}

function toListener({ address, values }: Instance): Listener {
  const actions = blocksIn(values, "default_action");
  return { address, targets: actions.flatMap(({ target_group_arn: arn }) => resourcesIn(arn)) };
}

function toTargetGroup(instance: Instance): TargetGroup {
  const port = Number(instance.values["port"]);
  const [check] = blocksIn(instance.values, "health_check");
  const healthPort = check?.["port"] ?? "traffic-port";
  return {
    address: instance.address,
    port,
    healthPort: healthPort === "traffic-port" ? port : Number(healthPort),
    instance,
  };
}
