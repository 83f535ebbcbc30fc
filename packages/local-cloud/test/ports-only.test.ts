// A cloud where only 127.0.0.1 can be bound: tasks have ports of their own, which SRV records give.

import { Resolver } from "node:dns/promises";
import { expect, test } from "vitest";
import { echoService, greet, startTestCloud, until } from "./support.ts";

const SERVICES = [
  echoService({ balancer: "nlb" }),
  echoService({ name: "api-gateway", protocol: "http", port: 8000, balancer: "alb", desired: 1 }),
];

test("each task has ports of its own, and SRV records give them", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services: SERVICES });
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

test("both load balancers reach the tasks, and a killed task is replaced on another port", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services: SERVICES });
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

test("tasks get no ZONE_CIDRS, because an address does not identify a zone", async () => {
  const cloud = await startTestCloud({ portsOnly: true, services: SERVICES });
  expect(cloud.clientEnvironment()["ZONE_CIDRS"]).toBeUndefined();
});
