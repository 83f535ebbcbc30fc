// Cloud Map's API with the AWS SDK: instances, their health, registration and custom health.

import { Resolver } from "node:dns/promises";
import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import {
  DeregisterInstanceCommand,
  DiscoverInstancesCommand,
  type DiscoverInstancesCommandInput,
  DiscoverInstancesRevisionCommand,
  GetInstanceCommand,
  GetInstancesHealthStatusCommand,
  GetNamespaceCommand,
  GetServiceCommand,
  ListInstancesCommand,
  ListNamespacesCommand,
  ListServicesCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import { expect, onTestFinished, test } from "vitest";
import type { LocalCloud, LocalCloudOptions } from "../src/index.ts";
import { json, sdkConfig } from "./aws.ts";
import { echoService, startTestCloud, until } from "./support.ts";

const service = { NamespaceName: "agent-team-local.local", ServiceName: "workflow-agent" };

interface Opened {
  readonly cloud: LocalCloud;
  readonly client: ServiceDiscoveryClient;
  readonly serviceId: string;
  readonly discover: (input?: Partial<DiscoverInstancesCommandInput>) => Promise<readonly (string | undefined)[]>;
}

async function openCloudMap(options: LocalCloudOptions = {}): Promise<Opened> {
  const cloud = await startTestCloud(options);
  const client = new ServiceDiscoveryClient(sdkConfig(cloud));
  onTestFinished(() => client.destroy());
  const { Services } = await client.send(new ListServicesCommand());
  const serviceId = Services?.find(({ Name }) => Name === service.ServiceName)?.Id ?? "";
  const discover: Opened["discover"] = async (input) => {
    const { Instances } = await client.send(new DiscoverInstancesCommand({ ...service, ...input }));
    return (Instances ?? []).map(({ InstanceId }) => InstanceId);
  };
  return { cloud, client, serviceId, discover };
}

test("ListNamespaces and ListServices give the namespace and its services, filtered by namespace", async () => {
  const engine = echoService({ name: "workflow-engine", clientPrefix: "WORKFLOW_ENGINE" });
  const { client, serviceId } = await openCloudMap({ services: [engine, echoService()] });
  const { Namespaces } = await client.send(new ListNamespacesCommand());
  expect(Namespaces).toMatchObject([{ Name: "agent-team-local.local", Type: "DNS_PRIVATE", ServiceCount: 2 }]);
  const Id = Namespaces?.[0]?.Id ?? "";
  expect((await client.send(new GetNamespaceCommand({ Id }))).Namespace).toMatchObject({
    Id,
    Name: "agent-team-local.local",
  });
  const inNamespace = async (id: string): Promise<unknown> => {
    const Filters = [{ Name: "NAMESPACE_ID" as const, Values: [id] }];
    return (await client.send(new ListServicesCommand({ Filters }))).Services?.map(({ Name }) => Name);
  };
  expect(await inNamespace(Id)).toEqual(["workflow-engine", "workflow-agent"]);
  expect(await inNamespace("ns-unknown")).toEqual([]);
  const { Service } = await client.send(new GetServiceCommand({ Id: serviceId }));
  expect(Service).toMatchObject({
    Name: "workflow-agent",
    NamespaceId: Id,
    InstanceCount: 2,
    DnsConfig: { RoutingPolicy: "MULTIVALUE", DnsRecords: [{ Type: "A" }, { Type: "SRV" }] },
  });
});

test("each task is an instance with the attributes that ECS registers", async () => {
  const { cloud, client, serviceId } = await openCloudMap();
  const { Instances, InstancesRevision } = await client.send(new DiscoverInstancesCommand(service));
  expect(InstancesRevision).toBeGreaterThan(0);
  for (const task of cloud.tasks()) {
    expect(Instances).toContainEqual({
      InstanceId: task.id,
      ...service,
      HealthStatus: "HEALTHY",
      Attributes: {
        AVAILABILITY_ZONE: task.zone,
        AWS_INIT_HEALTH_STATUS: "HEALTHY",
        AWS_INSTANCE_IPV4: task.host,
        AWS_INSTANCE_PORT: "50051",
        ECS_CLUSTER_NAME: "agent-team-local",
        ECS_SERVICE_NAME: "workflow-agent-service",
        ECS_TASK_DEFINITION_FAMILY: "agent-team-local-workflow-agent",
        REGION: "local-1",
      },
    });
  }
  const listed = await client.send(new ListInstancesCommand({ ServiceId: serviceId }));
  expect(listed.Instances?.map(({ Id }) => Id).toSorted()).toEqual(
    cloud
      .tasks()
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("DiscoverInstances filters by attributes, ignores optional ones without a match, and limits the number", async () => {
  const { cloud, discover } = await openCloudMap({ services: [echoService({ desired: 3 })] });
  const inZone = (zone: string): readonly string[] =>
    cloud.tasks().flatMap((task) => (task.zone === zone ? [task.id] : []));
  expect(await discover({ QueryParameters: { AVAILABILITY_ZONE: "local-1b" } })).toEqual(inZone("local-1b"));
  expect(await discover({ QueryParameters: { AVAILABILITY_ZONE: "elsewhere" } })).toEqual([]);
  expect(await discover({ OptionalParameters: { AVAILABILITY_ZONE: "local-1b" } })).toEqual(inZone("local-1b"));
  expect(await discover({ OptionalParameters: { AVAILABILITY_ZONE: "elsewhere" } })).toHaveLength(3);
  expect(await discover({ MaxResults: 2 })).toHaveLength(2);
});

test("a task is deregistered at the moment in which it begins to drain", async () => {
  const { cloud, discover } = await openCloudMap();
  const [task, other] = cloud.tasks();
  const stopped = cloud.stopTask(task?.id ?? "");
  expect(await discover()).toEqual([other?.id]);
  await stopped;
});

test("a custom health report takes effect after its delay, in the API and in DNS, without a new revision", async () => {
  const { cloud, client, serviceId, discover } = await openCloudMap({
    timing: { customHealthMs: 50, dnsPropagationMs: 1 },
  });
  const [sick, well] = cloud.tasks();
  const revision = async (): Promise<unknown> =>
    (await client.send(new DiscoverInstancesRevisionCommand(service))).InstancesRevision;
  const before = await revision();
  const report = (InstanceId: string | undefined, Status: "HEALTHY" | "UNHEALTHY"): Promise<unknown> =>
    client.send(new UpdateInstanceCustomHealthStatusCommand({ ServiceId: serviceId, InstanceId, Status }));
  await report(sick?.id, "UNHEALTHY");
  await until(
    () => discover({ HealthStatus: "UNHEALTHY" }),
    ([id]) => id === sick?.id,
  );
  expect(await discover({ HealthStatus: "HEALTHY" })).toEqual([well?.id]);
  const health = await client.send(new GetInstancesHealthStatusCommand({ ServiceId: serviceId }));
  expect(health.Status).toEqual({ [`${sick?.id}`]: "UNHEALTHY", [`${well?.id}`]: "HEALTHY" });
  expect(await discover({ HealthStatus: "HEALTHY_OR_ELSE_ALL" })).toEqual([well?.id]);
  expect(await discover({ HealthStatus: "ALL" })).toHaveLength(2);

  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${cloud.dnsServer.host}:${cloud.dnsServer.port}`]);
  const inDns = (): Promise<readonly string[]> => resolver.resolve4(`workflow-agent.${cloud.namespace}`);
  await until(inDns, (hosts) => hosts.join() === well?.host);

  await report(well?.id, "UNHEALTHY");
  await until(
    () => discover({ HealthStatus: "UNHEALTHY" }),
    (ids) => ids.length === 2,
  );
  expect(await discover({ HealthStatus: "HEALTHY" })).toEqual([]);
  // Without a healthy instance both give all instances.
  expect(await discover({ HealthStatus: "HEALTHY_OR_ELSE_ALL" })).toHaveLength(2);
  await until(inDns, (hosts) => hosts.length === 2);
  expect(await revision()).toBe(before);
});

test("an instance can be registered by the API, is in DNS with its port, and can be deregistered", async () => {
  const { cloud, client, serviceId, discover } = await openCloudMap();
  const before = (await client.send(new DiscoverInstancesRevisionCommand(service))).InstancesRevision ?? 0;
  const Attributes = { AWS_INSTANCE_IPV4: "127.0.0.9", AWS_INSTANCE_PORT: "7000", color: "blue" };
  await client.send(new RegisterInstanceCommand({ ServiceId: serviceId, InstanceId: "guest", Attributes }));
  expect(await discover({ QueryParameters: { color: "blue" } })).toEqual(["guest"]);
  const guest = { ServiceId: serviceId, InstanceId: "guest" };
  expect((await client.send(new GetInstanceCommand(guest))).Instance).toEqual({ Id: "guest", Attributes });
  const asked = new GetInstancesHealthStatusCommand({ ServiceId: serviceId, Instances: ["guest"] });
  expect((await client.send(asked)).Status).toEqual({ guest: "HEALTHY" });
  const { InstancesRevision } = await client.send(new DiscoverInstancesRevisionCommand(service));
  expect(InstancesRevision).toBe(before + 1);

  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${cloud.dnsServer.host}:${cloud.dnsServer.port}`]);
  const inDns = (): Promise<unknown[]> => resolver.resolveSrv(`workflow-agent.${cloud.namespace}`);
  const record = { priority: 1, weight: 1, port: 7_000, name: `guest.workflow-agent.${cloud.namespace}` };
  expect(await until(inDns, (records) => records.length === 3)).toContainEqual(expect.objectContaining(record));

  await client.send(new DeregisterInstanceCommand({ ServiceId: serviceId, InstanceId: "guest" }));
  expect(await discover()).toHaveLength(2);
  await until(inDns, (records) => records.length === 2);
});

test("a client that prefixes the host with data- gets a response", async () => {
  const { cloud } = await openCloudMap();
  const asked: string[] = [];
  // Resolves every name to this machine.
  const lookup: LookupFunction = (hostname, options, callback) => {
    asked.push(hostname);
    if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
    else callback(null, "127.0.0.1", 4);
  };
  const httpAgent = new Agent({ lookup });
  onTestFinished(() => httpAgent.destroy());
  const client = new ServiceDiscoveryClient({
    ...sdkConfig(cloud),
    endpoint: cloud.apiUrl.replace("127.0.0.1", "localhost"),
    disableHostPrefix: false,
    requestHandler: { httpAgent },
  });
  onTestFinished(() => client.destroy());
  expect((await client.send(new DiscoverInstancesCommand(service))).Instances).toHaveLength(2);
  expect(asked).toEqual(["data-localhost"]);
});

test("invalid requests get the errors of AWS", async () => {
  const { cloud, client, serviceId } = await openCloudMap();
  const Attributes = { AWS_INSTANCE_IPV4: "127.0.0.9", AWS_INSTANCE_PORT: "7000" };
  const commands = [
    [new DiscoverInstancesCommand({ ...service, NamespaceName: "other.local" }), "NamespaceNotFound"],
    [new DiscoverInstancesCommand({ ...service, ServiceName: "unknown" }), "ServiceNotFound"],
    [new DiscoverInstancesCommand({ ...service, MaxResults: 1_001 }), "InvalidInput"],
    [new DiscoverInstancesCommand({ ...service, HealthStatus: "FINE" as "ALL" }), "InvalidInput"],
    [new GetNamespaceCommand({ Id: "ns-nothing" }), "NamespaceNotFound"],
    [new GetServiceCommand({ Id: "srv-nothing" }), "ServiceNotFound"],
    [new ListInstancesCommand({ ServiceId: "srv-nothing" }), "ServiceNotFound"],
    [new DeregisterInstanceCommand({ ServiceId: serviceId, InstanceId: "unknown" }), "InstanceNotFound"],
    [new GetInstanceCommand({ ServiceId: serviceId, InstanceId: "unknown" }), "InstanceNotFound"],
    [new GetInstancesHealthStatusCommand({ ServiceId: serviceId, Instances: ["unknown"] }), "InstanceNotFound"],
    [new GetInstancesHealthStatusCommand({ ServiceId: "srv-nothing" }), "ServiceNotFound"],
    [
      new RegisterInstanceCommand({
        ServiceId: serviceId,
        InstanceId: "x",
        Attributes: { ...Attributes, AWS_INSTANCE_PORT: "0" },
      }),
      "InvalidInput",
    ],
    [
      new RegisterInstanceCommand({
        ServiceId: serviceId,
        InstanceId: "x",
        Attributes: { ...Attributes, AWS_INSTANCE_IPV4: "here" },
      }),
      "InvalidInput",
    ],
  ] as const;
  for (const [command, name] of commands) {
    await expect(client.send(command as GetServiceCommand), JSON.stringify(command.input)).rejects.toMatchObject({
      name,
    });
  }
  expect((await json(cloud, "Route53AutoNaming_v20170314.CreateService")).text).toContain("UnknownOperationException");
});

test("a service has at most 1,000 instances, as on AWS", async () => {
  const { cloud, serviceId } = await openCloudMap();
  const register = (n: number): ReturnType<typeof json> =>
    json(cloud, "Route53AutoNaming_v20170314.RegisterInstance", {
      ServiceId: serviceId,
      InstanceId: `guest-${n}`,
      Attributes: { AWS_INSTANCE_IPV4: "127.0.0.9", AWS_INSTANCE_PORT: "7000" },
    });
  for (let n = 0; n < 998; n++) await register(n);
  expect((await register(0)).status).toBe(200);
  expect(await register(998)).toMatchObject({ status: 400, text: expect.stringContaining("ResourceLimitExceeded") });
});
