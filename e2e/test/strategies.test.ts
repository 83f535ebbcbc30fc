/**
 * Calls succeed with each discovery strategy alone, and with the next strategy when the first has no working endpoint.
 */

import { agentTeamServices, type Discovery } from "@agent-team/local-cloud";
import { expect, test } from "vitest";
import { cloudOfTest } from "./support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, specOf, textOf } from "./support/conversation.ts";

const VPC = "127.21.0.0/16";

type Discovered = Readonly<
  Record<string, { readonly tiers: readonly { readonly name: string; readonly active: boolean }[] }>
>;

/** The whole first conversation of the README, and the name of the tier that carried it. */
async function holdFirstConversation(discovery: Discovery, tls: boolean = false): Promise<string | undefined> {
  await using cloud = await cloudOfTest(VPC, { discovery, tls, services: agentTeamServices({ agents: 1 }) });

  expect(textOf(await converse(cloud.url, "test-123", "Hello, workflow!"))).toMatch(/\w+ \w+/);

  const events = await converse(cloud.url, "test-124", ORDERS_REQUEST);
  const spec = specOf(events) as { nodes: { subtype: string }[] };
  expect(spec.nodes.map(({ subtype }) => subtype)).toEqual(["CRON", "HTTP_REQUEST", "IF", "APPROVAL", "HTTP_REQUEST"]);
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec });
  expect(stored.status, JSON.stringify(stored.body)).toBe(201);

  const discovered = (await (await fetch(`${cloud.url}/v1/discovery`)).json()) as Discovered;
  return discovered["workflow-agent"]?.tiers.find(({ active }) => active)?.name;
}

test("the environment alone carries the conversation", async () => {
  expect(await holdFirstConversation("env")).toBe("env");
});

test("the load balancer alone carries the conversation", async () => {
  expect(await holdFirstConversation("lb")).toBe("lb");
});

test("the Cloud Map API alone carries the conversation", async () => {
  expect(await holdFirstConversation("cloudmap")).toBe("cloudmap");
});

test("DNS alone carries the conversation", async () => {
  expect(await holdFirstConversation("dns")).toBe("dns");
});

test("over TLS and with an unused address in the environment, the load balancer carries the conversation", async () => {
  const unused = "127.21.99.9:50051";
  expect(await holdFirstConversation({ order: ["env", "lb", "dns"], override: { env: unused } }, true)).toBe("lb");
});

test("with a name that Cloud Map does not know, DNS carries the conversation", async () => {
  const unknown = "agent-team-local.local/absent";
  const discovery: Discovery = { order: ["cloudmap", "dns", "lb"], override: { cloudmap: unknown } };
  expect(await holdFirstConversation(discovery)).toBe("dns");
});
