import { isIPv4 } from "node:net";
import { ACCOUNT_ID, arn, cloudMapIds, resourceId } from "../aws-names.ts";
import type { Instance } from "../cloud-map/registry.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { pageOf } from "./page.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { JsonAction, JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";

/** AWS: "Maximum number of instances that you can register using the same service: 1,000". */
const MAX_INSTANCES = 1_000;

/** Cloud Map: one namespace with a service for each ECS service, and their instances. */
export function createCloudMap(): JsonService {
  // AWS, per account and region: 1,000 DiscoverInstances a second, a burst of 2,000.
  const discovery = new TokenBucket(1_000, 2_000);
  const limited =
    (action: JsonAction): JsonAction =>
    (input, cloud) => {
      if (discovery.tryTake(cloud.clock)) return action(input, cloud);
      throw new ApiError("RequestLimitExceeded", "The request rate is above 1,000 a second.");
    };
  return {
    targetPrefix: "Route53AutoNaming_v20170314",
    refusal: "InvalidInput",
    actions: {
      ListNamespaces: (input, cloud) => {
        const summary = namespaceDocument(cloud);
        const facts = { TYPE: summary.Type, NAME: summary.Name, HTTP_NAME: summary.Name };
        return listOf("Namespaces", passes(facts, input) ? [summary] : [], input);
      },

      GetNamespace: (input, cloud) => {
        const namespace = namespaceDocument(cloud);
        const id = input.requiredText("Id");
        if (id === namespace.Id || id === namespace.Arn) return { Namespace: namespace };
        throw new ApiError("NamespaceNotFound", `Namespace ${id} was not found.`);
      },

      ListServices: (input, cloud) => {
        const facts = { NAMESPACE_ID: cloudMapIds.namespace(cloud.registry.namespace) };
        const services = passes(facts, input) ? cloud.registry.services() : [];
        return listOf(
          "Services",
          services.map((name) => serviceDocument(name, cloud)),
          input,
        );
      },

      GetService: (input, cloud) => {
        const name = serviceWithId(input.requiredText("Id"), cloud);
        const { namespace } = cloud.registry;
        return { Service: { ...serviceDocument(name, cloud), NamespaceId: cloudMapIds.namespace(namespace) } };
      },

      ListInstances: (input, cloud) => {
        const instances = cloud.registry.instances(serviceWithId(input.requiredText("ServiceId"), cloud));
        return listOf(
          "Instances",
          instances.map((instance) => ({ Id: instance.id, Attributes: attributesOf(instance) })),
          input,
        );
      },

      GetInstance: (input, cloud) => {
        const { service, id } = registered(input, cloud);
        const [found] = cloud.registry.instances(service).filter((instance) => instance.id === id);
        return { Instance: found && { Id: id, Attributes: attributesOf(found) } };
      },

      GetInstancesHealthStatus: (input, cloud) => {
        const instances = cloud.registry.instances(serviceWithId(input.requiredText("ServiceId"), cloud));
        const wanted = input.texts("Instances");
        const unknown = wanted?.find((id) => !instances.some((instance) => instance.id === id));
        if (unknown !== undefined) throw new ApiError("InstanceNotFound", `Instance ${unknown} was not found.`);
        const asked = wanted === undefined ? instances : instances.filter(({ id }) => wanted.includes(id));
        const size = input.integer("MaxResults", 1, 100) ?? 100;
        const { items, nextToken } = pageOf(asked, size, input.text("NextToken"), input.refusal);
        const health = items.map(({ id, healthy }) => [id, healthy ? "HEALTHY" : "UNHEALTHY"]);
        return { Status: Object.fromEntries(health), NextToken: nextToken };
      },

      DiscoverInstances: limited((input, cloud) => {
        const service = discovered(input, cloud);
        const names = { NamespaceName: cloud.registry.namespace, ServiceName: service };
        const found = discover(cloud.registry.instances(service), input);
        return {
          Instances: found.slice(0, input.integer("MaxResults", 1, 1_000) ?? 100).map((instance) => ({
            InstanceId: instance.id,
            ...names,
            HealthStatus: instance.healthy ? "HEALTHY" : "UNHEALTHY",
            Attributes: attributesOf(instance),
          })),
          InstancesRevision: cloud.registry.revision(service),
        };
      }),

      DiscoverInstancesRevision: limited((input, cloud) => ({
        InstancesRevision: cloud.registry.revision(discovered(input, cloud)),
      })),

      RegisterInstance: (input, cloud) => {
        const service = serviceWithId(input.requiredText("ServiceId"), cloud);
        const instance = readInstance(input);
        const others = cloud.registry.instances(service).filter(({ id }) => id !== instance.id);
        if (others.length >= MAX_INSTANCES) {
          throw new ApiError("ResourceLimitExceeded", `Service ${service} has ${MAX_INSTANCES} instances.`);
        }
        cloud.registry.register(service, instance);
        return { OperationId: operationId(service, cloud) };
      },

      DeregisterInstance: (input, cloud) => {
        const { service, id } = registered(input, cloud);
        cloud.registry.deregister(service, id);
        return { OperationId: operationId(service, cloud) };
      },

      UpdateInstanceCustomHealthStatus: (input, cloud) => {
        const { service, id } = registered(input, cloud);
        const status = input.word("Status", ["HEALTHY", "UNHEALTHY"]) ?? input.requiredText("Status");
        cloud.customHealth.report(service, id, status === "HEALTHY");
        return {};
      },
    },
  };
}

/** Applies `HealthStatus`, `QueryParameters`, and `OptionalParameters` when at least one instance matches them. */
function discover(instances: readonly Instance[], input: JsonInput): readonly Instance[] {
  // AWS documents no default. With ALL the HealthStatus of each instance in the response is meaningful.
  const health = input.word("HealthStatus", ["HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL"]) ?? "ALL";
  const required = instances.filter((instance) => has(instance, input.map("QueryParameters")));
  const preferred = required.filter((instance) => has(instance, input.map("OptionalParameters")));
  const asked = preferred.length > 0 ? preferred : required;
  const healthy = asked.filter((instance) => instance.healthy);
  switch (health) {
    case "ALL":
      return asked;
    case "HEALTHY":
      return healthy;
    case "UNHEALTHY":
      return asked.filter((instance) => !instance.healthy);
    case "HEALTHY_OR_ELSE_ALL":
      return healthy.length > 0 ? healthy : asked;
    default:
      return health satisfies never;
  }
}

function has(instance: Instance, wanted: Readonly<Record<string, string>>): boolean {
  const attributes = attributesOf(instance);
  return Object.entries(wanted).every(([name, value]) => attributes[name] === value);
}

function attributesOf({ host, port, attributes }: Instance): Readonly<Record<string, string>> {
  return { ...attributes, AWS_INSTANCE_IPV4: host, AWS_INSTANCE_PORT: String(port) };
}

/** The services have A and SRV records, which need address and port. */
function readInstance(input: JsonInput): Instance {
  const { AWS_INSTANCE_IPV4: host = "", AWS_INSTANCE_PORT: portText = "", ...attributes } = input.map("Attributes");
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (!isIPv4(host)) throw input.refuse(`AWS_INSTANCE_IPV4: expected an IPv4 address, got ${host || "none"}`);
  if (port < 1 || port > 65_535)
    throw input.refuse(`AWS_INSTANCE_PORT: expected 1 to 65535, got ${portText || "none"}`);
  const id = input.requiredText("InstanceId");
  if (!/^[\w.:@/-]{1,64}$/.test(id))
    throw input.refuse(`InstanceId: expected up to 64 letters, digits or _-.:/@, got ${id}`);
  const healthy = attributes["AWS_INIT_HEALTH_STATUS"] !== "UNHEALTHY";
  return { id, host, port, healthy, attributes };
}

function discovered(input: JsonInput, { registry }: CloudView): string {
  const namespace = input.requiredText("NamespaceName");
  const service = input.requiredText("ServiceName");
  if (namespace !== registry.namespace) {
    throw new ApiError("NamespaceNotFound", `Namespace ${namespace} was not found.`);
  }
  if (registry.services().includes(service)) return service;
  throw new ApiError("ServiceNotFound", `Service ${service} was not found in namespace ${namespace}.`);
}

function serviceWithId(text: string, { registry }: CloudView): string {
  const id = text.slice(text.lastIndexOf("/") + 1);
  const service = registry.services().find((name) => cloudMapIds.service(registry.namespace, name) === id);
  if (service !== undefined) return service;
  throw new ApiError("ServiceNotFound", `Service ${text} was not found.`);
}

function registered(input: JsonInput, cloud: CloudView): { readonly service: string; readonly id: string } {
  const service = serviceWithId(input.requiredText("ServiceId"), cloud);
  const id = input.requiredText("InstanceId");
  if (cloud.registry.instances(service).some((instance) => instance.id === id)) return { service, id };
  throw new ApiError("InstanceNotFound", `Instance ${id} was not found.`);
}

/** Whether every filter of the request matches. */
function passes(facts: Readonly<Record<string, string>>, input: JsonInput): boolean {
  return input.structures("Filters").every((filter) => {
    const name = filter.requiredText("Name");
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (fact === undefined) throw filter.refuse(`Filter ${name}: expected one of ${Object.keys(facts).join(", ")}`);
    return filter.texts("Values")?.includes(fact) ?? false;
  });
}

function listOf(member: string, all: readonly object[], input: JsonInput): object {
  const size = input.integer("MaxResults", 1, 100) ?? 100;
  const { items, nextToken } = pageOf(all, size, input.text("NextToken"), input.refusal);
  return { [member]: items, NextToken: nextToken };
}

function namespaceDocument({ registry, createdAtMs }: CloudView): {
  readonly Id: string;
  readonly Arn: string;
  readonly Name: string;
  readonly Type: string;
  readonly [member: string]: unknown;
} {
  const id = cloudMapIds.namespace(registry.namespace);
  return {
    Id: id,
    Arn: arn("servicediscovery", `namespace/${id}`),
    ResourceOwner: ACCOUNT_ID,
    Name: registry.namespace,
    Type: "DNS_PRIVATE",
    ServiceCount: registry.services().length,
    Properties: { DnsProperties: { SOA: {} }, HttpProperties: { HttpName: registry.namespace } },
    CreateDate: createdAtMs / 1_000,
  };
}

function serviceDocument(name: string, { registry, timing, createdAtMs }: CloudView): object {
  const id = cloudMapIds.service(registry.namespace, name);
  const ttl = timing.dnsTtlSeconds;
  return {
    Id: id,
    Arn: arn("servicediscovery", `service/${id}`),
    ResourceOwner: ACCOUNT_ID,
    Name: name,
    Type: "DNS_HTTP",
    InstanceCount: registry.instances(name).length,
    DnsConfig: {
      NamespaceId: cloudMapIds.namespace(registry.namespace),
      RoutingPolicy: "MULTIVALUE",
      DnsRecords: [
        { Type: "A", TTL: ttl },
        { Type: "SRV", TTL: ttl },
      ],
    },
    HealthCheckCustomConfig: { FailureThreshold: 1 },
    CreateDate: createdAtMs / 1_000,
  };
}

/** The operation has finished when the response is sent. GetOperation is not offered. */
function operationId(service: string, { registry }: CloudView): string {
  return resourceId("", `${service} ${registry.revision(service)}`, 32);
}
