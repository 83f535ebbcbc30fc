// The same cloud where only 127.0.0.1 can be bound: ports instead of addresses, told by SRV.

import { Resolver } from "node:dns/promises";
import { expect, test } from "vitest";
import { echoService, greet, startTestCloud, until } from "./support.ts";

const services = [
  echoService({ balancer: "nlb" }),
  echoService({ name: "api-gateway", protocol: "http", port: 8000, balancer: "alb", desired: 1 }),
];

test("gives each task a port of its own, which SRV tells", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services });
  expect(cloud.kind).toBe("ports-only");
  const tasks = cloud.tasks("workflow-agent");
  expect(new Set(tasks.flatMap(({ port, healthPort }) => [port, healthPort])).size).toBe(4);
  expect(tasks.map(({ zone }) => zone)).toEqual(["local-1a", "local-1b"]);

  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${cloud.dnsServer.host}:${cloud.dnsServer.port}`]);
  const name = `workflow-agent.${cloud.namespace}`;
  const records = await until(
    () => resolver.resolveSrv(name).catch(() => []),
    (found) => found.length === 2,
  );
  for (const record of records) {
    expect(await resolver.resolve4(record.name)).toEqual(["127.0.0.1"]);
    const { socket, from } = await greet("127.0.0.1", record.port);
    expect(from).toBe(`127.0.0.1:${record.port}`);
    socket.destroy();
  }
});

test("reaches tasks through both balancers and replaces one on another port", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services });
  const endpoint = cloud.clientEnvironment()["WORKFLOW_SERVICE_LB_ENDPOINT"] ?? "";
  const nlbPort = Number(endpoint.split(":")[1]);
  const victim = cloud.tasks("workflow-agent")[0];
  await cloud.killTask(victim?.id ?? "");
  await cloud.steady("workflow-agent");
  const ports = cloud.tasks("workflow-agent").map(({ port }) => port);
  expect(ports).not.toContain(victim?.port);
  for (const port of [nlbPort, Number(new URL(cloud.url ?? "").port)]) {
    const { socket, from } = await greet("127.0.0.1", port);
    expect(cloud.tasks().map((task) => `127.0.0.1:${task.port}`)).toContain(from);
    socket.destroy();
  }
});

test("does not tell zones by address, because an address no longer has one", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services });
  expect(cloud.clientEnvironment()["ZONE_CIDRS"]).toBeUndefined();
});
