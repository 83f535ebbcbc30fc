/** Cloud Map as implemented by moto: instances that the SDK registers are found, called and followed. */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { findProgram } from "@agent-team/test-support/find-program";
import { MotoServer } from "@agent-team/test-support/moto-server";
import {
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  DeregisterInstanceCommand,
  ListNamespacesCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { createChannel, type EndpointSnapshot } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { AwsEnvironment } from "./support/aws-environment.ts";
import { send } from "./support/calls.ts";
import { until } from "./support/until.ts";

test("instances that the SDK registered with moto are found, called and followed", {
  timeout: 60_000,
}, async ({ skip, onTestFinished }) => {
  if (findProgram("moto_server") === undefined)
    skip("no moto_server in PATH: Cloud Map is tested against our own server only");
  await using moto = await MotoServer.start();
  using _environment = new AwsEnvironment({ AWS_ENDPOINT_URL: moto.url, AWS_REGION: "us-east-1" });
  const aws = new ServiceDiscoveryClient();
  onTestFinished(() => aws.destroy());
  const serviceId = await createService(aws);
  const register = async ({ host, port }: StubServer): Promise<void> => {
    const Attributes = {
      AWS_INSTANCE_IPV4: host,
      AWS_INSTANCE_PORT: String(port),
      AVAILABILITY_ZONE: "us-east-1a",
      AWS_INIT_HEALTH_STATUS: "HEALTHY",
    };
    await aws.send(new RegisterInstanceCommand({ ServiceId: serviceId, InstanceId: `task-${host}`, Attributes }));
  };

  await using first = await StubServer.start();
  await using second = await StubServer.start({ host: "127.0.0.2" });
  await register(first);
  const clock = new FakeClock();
  await using channel = createChannel("cloudmap:team.local/agent:50051", { clock, random: seededRandom(1) });
  const endpoints = (): readonly EndpointSnapshot[] => channel.snapshot().tiers[0]?.endpoints ?? [];
  const ready = ({ address, host }: StubServer): object => {
    const name = `task-${host}.agent.team.local`;
    return {
      address,
      zone: "us-east-1a",
      name,
      connectivity: "ready",
      isReserve: false,
      connections: 1,
      inFlight: 0,
      lastError: undefined,
    };
  };
  expect(await send(channel).ended()).toBeUndefined();
  expect(endpoints()).toEqual([ready(first)]);

  await register(second);
  clock.advance(5_500);
  await until(() => endpoints()[1]?.connectivity === "ready", "the second instance is found and connected to");
  expect(endpoints()).toEqual([ready(first), ready(second)]);

  await aws.send(new DeregisterInstanceCommand({ ServiceId: serviceId, InstanceId: `task-${first.host}` }));
  await first.kill();
  await until(() => {
    clock.advance(1);
    return endpoints().length === 1;
  }, "the first instance is removed");
  expect(await send(channel).ended()).toBeUndefined();
});

async function createService(aws: ServiceDiscoveryClient): Promise<string> {
  await aws.send(new CreatePrivateDnsNamespaceCommand({ Name: "team.local", Vpc: "vpc-1" }));
  const { Namespaces } = await aws.send(new ListNamespacesCommand());
  const { Service } = await aws.send(
    new CreateServiceCommand({
      Name: "agent",
      NamespaceId: Namespaces?.[0]?.Id,
      DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] },
      HealthCheckCustomConfig: { FailureThreshold: 1 },
    }),
  );
  return Service?.Id ?? "";
}
