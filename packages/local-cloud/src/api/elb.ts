import { elbArns, elbNames, elbProtocol, nlbDnsName } from "../elb/elb-names.ts";
import { healthReason } from "../elb/health-reason.ts";
import type { Listener } from "../elb/load-balancers.ts";
import { securityGroupId } from "../security-groups.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import type { QueryService } from "./wire/query.ts";
import type { QueryInput } from "./wire/query-input.ts";
import type { Xml } from "./wire/xml.ts";

/** The attributes that describe the local balancers. Attributes without an effect, such as idle timeouts, are left out. */
const BALANCER_ATTRIBUTES: Readonly<Record<string, string>> = {
  "access_logs.s3.enabled": "false",
  "deletion_protection.enabled": "false",
  "load_balancing.cross_zone.enabled": "true",
};

const COMMON_GROUP_ATTRIBUTES: Readonly<Record<string, string>> = {
  // A deregistered target gets no new connection at once, and keeps its connections.
  "deregistration_delay.timeout_seconds": "0",
  "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
  "stickiness.enabled": "false",
};

const GROUP_ATTRIBUTES: Readonly<Record<Listener["kind"], Readonly<Record<string, string>>>> = {
  alb: { ...COMMON_GROUP_ATTRIBUTES, "load_balancing.algorithm.type": "weighted_random" },
  nlb: {
    ...COMMON_GROUP_ATTRIBUTES,
    "deregistration_delay.connection_termination.enabled": "false",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "target_health_state.unhealthy.connection_termination.enabled": "false",
  },
};

/** Elastic Load Balancing, version 2: two load balancers, with a listener and a target group for each balanced service. */
export const elb: QueryService = {
  version: "2015-12-01",
  xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  dialect: "query",
  actions: {
    DescribeLoadBalancers: (input, cloud) => {
      const kinds = [...new Set(cloud.balancers.listeners().map(({ kind }) => kind))];
      const all = kinds.map((kind) => {
        const [name, loadBalancerArn] = [elbNames.balancer(cloud.name, kind), elbArns.balancer(cloud.name, kind)];
        return { name, arn: loadBalancerArn, document: balancerDocument(kind, cloud) };
      });
      return { LoadBalancers: { member: select(all, input, "LoadBalancerArns", "LoadBalancerNotFound") } };
    },

    DescribeTargetGroups: (input, cloud) => {
      const all = listenersOf(input, cloud).map((listener) => {
        const name = elbNames.targetGroup(cloud.name, listener.kind, portOf(listener, cloud));
        return { name, arn: groupArn(listener, cloud), document: groupDocument(name, listener, cloud) };
      });
      return { TargetGroups: { member: select(all, input, "TargetGroupArns", "TargetGroupNotFound") } };
    },

    DescribeListeners: (input, cloud) => {
      const all = listenersOf(input, cloud).map((listener) => {
        const listenerArn = elbArns.listener(cloud.name, listener.kind, listener.address.port);
        return { name: listenerArn, arn: listenerArn, document: listenerDocument(listenerArn, listener, cloud) };
      });
      return { Listeners: { member: select(all, input, "ListenerArns", "ListenerNotFound") } };
    },

    DescribeTargetHealth: (input, cloud) => {
      const listener = listenerOfGroup(input, cloud);
      const targets = listener.group.targets().map(({ id, host, port, zone, healthPort }) => ({
        Target: { Id: host, Port: port, AvailabilityZone: zone },
        HealthCheckPort: healthPort,
        TargetHealth: healthDocument(id, listener),
      }));
      return { TargetHealthDescriptions: { member: targets } };
    },

    DescribeTargetGroupAttributes: (input, cloud) => ({
      Attributes: { member: attributes(GROUP_ATTRIBUTES[listenerOfGroup(input, cloud).kind]) },
    }),

    DescribeLoadBalancerAttributes: (input, cloud) => {
      input.requiredText("LoadBalancerArn");
      const [listener] = listenersOf(input, cloud);
      return { Attributes: { member: listener === undefined ? [] : attributes(BALANCER_ATTRIBUTES) } };
    },
  },
};

function healthDocument(id: string, { kind, group }: Listener): Xml {
  const failure = group.failure(id);
  if (failure !== undefined) {
    const { code, description } = healthReason(kind, failure);
    return { State: "unhealthy", Reason: code, Description: description };
  }
  if (group.health(id) === "healthy") return { State: "healthy" };
  return {
    State: "initial",
    Reason: "Elb.InitialHealthChecking",
    Description: "Initial health checks in progress",
  };
}

function attributes(values: Readonly<Record<string, string>>): readonly Xml[] {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}

/** The listener that forwards to the target group of the request. */
function listenerOfGroup(input: QueryInput, cloud: CloudView): Listener {
  const wanted = input.requiredText("TargetGroupArn");
  const listener = cloud.balancers.listeners().find((each) => groupArn(each, cloud) === wanted);
  if (listener === undefined) throw notFound("TargetGroupNotFound", wanted);
  return listener;
}

/** The documents that the request names, or all. */
function select(
  all: readonly { readonly name: string; readonly arn: string; readonly document: Xml }[],
  input: QueryInput,
  arnsName: string,
  refusal: string,
): readonly Xml[] {
  const wanted = [...input.texts(arnsName), ...input.texts("Names")];
  const unknown = wanted.find((text) => !all.some(({ name, arn }) => text === name || text === arn));
  if (unknown !== undefined) throw notFound(refusal, unknown);
  return all
    .filter(({ name, arn }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(arn))
    .map(({ document }) => document);
}

/** The listeners of the balancer that the request names, or all. */
function listenersOf(input: QueryInput, { name, balancers }: CloudView): readonly Listener[] {
  const wanted = input.text("LoadBalancerArn");
  const all = balancers.listeners();
  const found = all.filter(({ kind }) => wanted === undefined || elbArns.balancer(name, kind) === wanted);
  if (wanted !== undefined && found.length === 0) throw notFound("LoadBalancerNotFound", wanted);
  return found;
}

function notFound(code: string, name: string): ApiError {
  return new ApiError(code, `${name} was not found`);
}

function balancerDocument(kind: Listener["kind"], cloud: CloudView): Xml {
  return {
    LoadBalancerArn: elbArns.balancer(cloud.name, kind),
    LoadBalancerName: elbNames.balancer(cloud.name, kind),
    DNSName: kind === "nlb" ? nlbDnsName(cloud.name) : cloud.balancers.published?.host,
    Type: kind === "nlb" ? "network" : "application",
    Scheme: kind === "nlb" ? "internal" : "internet-facing",
    IpAddressType: "ipv4",
    State: { Code: "active" },
    SecurityGroups: { member: [securityGroupId(cloud.name, kind)] },
  };
}

function groupDocument(name: string, listener: Listener, cloud: CloudView): Xml {
  const { kind } = listener;
  return {
    TargetGroupArn: groupArn(listener, cloud),
    TargetGroupName: name,
    Protocol: elbProtocol(kind),
    Port: portOf(listener, cloud),
    TargetType: "ip",
    HealthCheckEnabled: true,
    HealthCheckProtocol: "HTTP",
    HealthCheckPath: "/readyz",
    HealthCheckIntervalSeconds: Math.ceil(cloud.timing.targetCheckIntervalMs / 1_000),
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: "200" },
    LoadBalancerArns: { member: [elbArns.balancer(cloud.name, kind)] },
  };
}

function listenerDocument(listenerArn: string, listener: Listener, cloud: CloudView): Xml {
  return {
    ListenerArn: listenerArn,
    LoadBalancerArn: elbArns.balancer(cloud.name, listener.kind),
    Port: listener.address.port,
    Protocol: elbProtocol(listener.kind),
    DefaultActions: { member: [{ Type: "forward", TargetGroupArn: groupArn(listener, cloud) }] },
  };
}

function groupArn(listener: Listener, cloud: CloudView): string {
  return elbArns.targetGroup(cloud.name, listener.kind, portOf(listener, cloud));
}

/** The contract port of the listener's service, on which its targets listen when each has an address of its own. */
function portOf({ service, address }: Listener, { definitions }: CloudView): number {
  return definitions.find(({ name }) => name === service)?.port ?? address.port;
}
