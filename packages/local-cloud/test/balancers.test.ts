// Connections through the load balancers while tasks start and end.

import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { echoService, greet, startTestCloud, testVpc, until } from "./support.ts";

const BEHIND_NLB = echoService({ balancer: "nlb" });
const NLB_HOST = `${testVpc().split(".", 2).join(".")}.0.5`;

async function viaNlb(): Promise<string> {
  const { socket, from } = await greet(NLB_HOST, 50051);
  socket.destroy();
  return from;
}

/** Connects until `count` different tasks have answered. */
async function answeredBy(count: number): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  await until(viaNlb, (from) => seen.add(from).size === count);
  return seen;
}

const addressesOf = (cloud: LocalCloud): Set<string> =>
  new Set(cloud.tasks().map(({ host, port }) => `${host}:${port}`));

test("connections are spread over the tasks, and none is refused while a task is killed and replaced", async () => {
  const cloud = await startTestCloud({ services: [BEHIND_NLB] });
  expect(await answeredBy(2)).toEqual(addressesOf(cloud));
  const victim = cloud.tasks()[0];
  await cloud.killTask(victim?.id ?? "");
  // After the end of its process no connection goes to the task.
  for (let n = 0; n < 20; n++) expect(await viaNlb()).not.toBe(`${victim?.host}:50051`);
  await cloud.steady("workflow-agent");
  expect(await answeredBy(2)).toEqual(addressesOf(cloud));
});

test("no connection is refused during a rolling replacement, and an existing one keeps its task", async () => {
  const cloud = await startTestCloud({ services: [BEHIND_NLB] });
  const { socket, from } = await greet(NLB_HOST, 50051);
  const old = addressesOf(cloud);
  const rolled = cloud.roll("workflow-agent").then(() => true);
  while (!(await Promise.race([rolled, viaNlb().then(() => false)])));
  expect(old).toContain(from);
  let echoed = "";
  socket.on("data", (chunk: Buffer) => (echoed += chunk.toString()));
  socket.write("same task");
  await until(
    () => echoed,
    (text) => text === "same task",
  );
  for (let n = 0; n < 10; n++) expect(old).not.toContain(await viaNlb());
  socket.end();
});

test("the gateway is published at a free port", async () => {
  const gateway = echoService({ name: "api-gateway", port: 8000, protocol: "http", balancer: "alb", desired: 1 });
  const cloud = await startTestCloud({ services: [gateway] });
  const url = new URL(cloud.url ?? "");
  expect(url.hostname).toBe("127.0.0.1");
  const { socket, from } = await greet(url.hostname, Number(url.port));
  socket.destroy();
  expect(from).toBe(`${cloud.tasks()[0]?.host}:8000`);
});
