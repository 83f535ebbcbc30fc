// Traffic through the balancers while tasks come and go.

import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { echoService, greet, startTestCloud, testVpc, until } from "./support.ts";

const behindNlb = echoService({ balancer: "nlb" });
const nlbHost = `${testVpc().split(".", 2).join(".")}.0.5`;

async function viaNlb(): Promise<string> {
  const { socket, from } = await greet(nlbHost, 50051);
  socket.destroy();
  return from;
}

/** Greetings until `count` different tasks have answered. */
async function answeredBy(count: number): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  await until(viaNlb, (from) => seen.add(from).size === count);
  return seen;
}

const addressesOf = (cloud: LocalCloud): Set<string> =>
  new Set(cloud.tasks().map(({ host, port }) => `${host}:${port}`));

test("spreads connections over the tasks and never refuses one while a task dies and is replaced", async () => {
  const cloud = await startTestCloud({ services: [behindNlb] });
  expect(await answeredBy(2)).toEqual(addressesOf(cloud));
  const victim = cloud.tasks()[0];
  await cloud.killTask(victim?.id ?? "");
  // From the instant in which the process is known to be gone no flow goes there.
  for (let n = 0; n < 20; n++) expect(await viaNlb()).not.toBe(`${victim?.host}:50051`);
  await cloud.steady("workflow-agent");
  expect(await answeredBy(2)).toEqual(addressesOf(cloud));
});

test("refuses nobody during a rolling replacement, and a connection keeps its task", async () => {
  const cloud = await startTestCloud({ services: [behindNlb] });
  const { socket, from } = await greet(nlbHost, 50051);
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

test("publishes the gateway at one address of its own choosing", async () => {
  const gateway = echoService({ name: "api-gateway", port: 8000, protocol: "http", balancer: "alb", desired: 1 });
  const cloud = await startTestCloud({ services: [gateway] });
  const url = new URL(cloud.url ?? "");
  expect(url.hostname).toBe("127.0.0.1");
  const { socket, from } = await greet(url.hostname, Number(url.port));
  socket.destroy();
  expect(from).toBe(`${cloud.tasks()[0]?.host}:8000`);
});
