import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, onTestFinished, test } from "vitest";
import { TestDnsServer } from "../../test/support/dns-server.ts";
import { ZoneMap } from "../zone.ts";
import { DnsLookup } from "./dns.ts";
import { DnsClient } from "./dns-client.ts";
import { hostsAddresses, LocalNames } from "./local-names.ts";

/** A line that ECS Service Connect adds to a task's hosts file. */
const SERVICE_CONNECT = "127.0.0.1 localhost\n127.255.0.1 agent\n2600:f0f0:0:0:0:0:0:1 agent\n";

function hostsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hosts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "hosts");
  writeFileSync(file, text);
  return file;
}

async function clientOf(local: LocalNames): Promise<{ readonly client: DnsClient; readonly server: TestDnsServer }> {
  const server = await TestDnsServer.listen();
  const client = new DnsClient({ clock: new FakeClock(), server: server.address, local });
  onTestFinished(async () => {
    client.close();
    await server[Symbol.asyncDispose]();
  });
  return { client, server };
}

test.each([
  ["a name", "10.0.0.1 agent", ["10.0.0.1"]],
  ["an alias", "10.0.0.1 agent.local\tagent", ["10.0.0.1"]],
  ["another case", "10.0.0.1 AGENT", ["10.0.0.1"]],
  ["several lines", "10.0.0.1 agent\r\n10.0.0.2 agent\n10.0.0.1 agent", ["10.0.0.1", "10.0.0.2"]],
  ["IPv6", "fd00::7 agent", ["fd00::7"]],
  ["a comment", "# 10.0.0.1 agent\n10.0.0.2 other # agent", []],
  ["an invalid address", "10.0.0.300 agent", []],
  ["another name", "10.0.0.1 agent.local my-agent", []],
  ["nothing", "", []],
])("a hosts file with %s", (_, text, addresses) => {
  expect(hostsAddresses(text, "agent")).toEqual(addresses);
  expect(hostsAddresses(text, "Agent.")).toEqual(addresses);
});

test("a name in the hosts file has its address there and the default port, whatever DNS returns", async () => {
  const { client, server } = await clientOf(new LocalNames(hostsFile(SERVICE_CONNECT)));
  server.setServices("agent", [{ target: "t1.agent", port: 1 }]);
  server.setAddresses("agent", ["10.0.10.7"]);
  const lookup = new DnsLookup({ name: "agent", port: undefined, defaultPort: 50_051 }, client, ZoneMap.empty);
  expect((await lookup.resolve()).endpoints).toMatchObject([{ host: "127.255.0.1", port: 50_051 }]);
  expect(server.queries).toEqual([]);
});

test("the next query sees a change of the hosts file", async () => {
  const file = hostsFile("10.0.0.1 agent");
  const { client } = await clientOf(new LocalNames(file));
  expect((await client.addresses("agent")).records).toMatchObject([{ address: "10.0.0.1" }]);
  writeFileSync(file, "10.0.0.2 agent");
  expect((await client.addresses("agent")).records).toMatchObject([{ address: "10.0.0.2" }]);
});

test("getaddrinfo is used for a name that neither the hosts file nor DNS has", async () => {
  const { client, server } = await clientOf(new LocalNames(hostsFile("")));
  const found = await client.addresses("localhost");
  expect(found.records).toMatchObject([{ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) }]);
  expect(server.queries).toEqual(["A localhost", "AAAA localhost"]);
});

test("after a name server did not answer, getaddrinfo is not used: it would hold a thread", async () => {
  const clock = new FakeClock();
  const server = await TestDnsServer.listen();
  server.behaviour = "silent";
  const client = new DnsClient({ clock, server: server.address, local: new LocalNames(hostsFile("")) });
  onTestFinished(async () => {
    client.close();
    await server[Symbol.asyncDispose]();
  });
  const asked = server.nextQuery();
  const found = client.addresses("localhost");
  await asked;
  clock.advance(5_000);
  expect(await found).toEqual({ records: [], outcome: "silent", notes: ["A localhost: no answer"] });
});

test("without a hosts file no name is listed", async () => {
  expect(await new LocalNames("/nonexistent/hosts").listed("agent")).toEqual([]);
});
