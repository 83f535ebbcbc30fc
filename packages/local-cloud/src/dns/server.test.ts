import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { seededRandom } from "@agent-team/foundation/random";
import packet from "dns-packet";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { answer } from "./answer.ts";
import { respond } from "./respond.ts";
import { type DnsServer, startDnsServer } from "./server.ts";
import { NamespaceZone } from "./zone.ts";

const NAME = "workflow-agent.agent-team-local.local";

function zoneOf(count: number): NamespaceZone {
  const zone = new NamespaceZone("agent-team-local.local", new Map());
  for (let n = 1; n <= count; n++) {
    const instance = {
      id: `${n}`.padStart(32, "0"),
      host: `127.10.10.${n}`,
      port: 50051,
      healthy: true,
      attributes: {},
    };
    zone.apply({ kind: "registered", service: "workflow-agent", instance });
  }
  return zone;
}

const OPTIONS = { ttlSeconds: 10, negativeTtlSeconds: 5, random: seededRandom(1) };

async function startServer(count: number): Promise<{ server: DnsServer; resolver: Resolver }> {
  const zone = zoneOf(count);
  const server = await startDnsServer({ host: "127.0.0.1", port: 0 }, (question) => answer(zone, question, OPTIONS));
  onTestFinished(() => server.close());
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address.port}`]);
  return { server, resolver };
}

test("Node's resolver gets addresses with the TTL over UDP", async () => {
  const { resolver } = await startServer(2);
  const addresses = await resolver.resolve4(NAME, { ttl: true });
  expect(addresses.toSorted((a, b) => a.address.localeCompare(b.address))).toEqual([
    { address: "127.10.10.1", ttl: 10 },
    { address: "127.10.10.2", ttl: 10 },
  ]);
});

test("eight SRV records are truncated at 512 bytes over UDP, and complete over TCP", async () => {
  const { server, resolver } = await startServer(8);
  expect(await resolver.resolveSrv(NAME)).toHaveLength(8);
  const query = packet.encode({ type: "query", id: 1, questions: [{ type: "SRV", name: NAME }] });
  const overUdp = packet.decode(await askUdp(server, query));
  expect(overUdp).toMatchObject({ flag_tc: true, answers: [] });
  expect(packet.decode(await askTcp(server, query)).answers).toHaveLength(8);
});

test("an unknown name is NXDOMAIN, a missing record type is NODATA, another zone is REFUSED", async () => {
  const { resolver } = await startServer(1);
  await expect(resolver.resolve4("unknown.agent-team-local.local")).rejects.toMatchObject({ code: "ENOTFOUND" });
  await expect(resolver.resolve6(NAME)).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolve4("example.com")).rejects.toMatchObject({ code: "EREFUSED" });
});

test.each([
  ["class CH", { class: "CH" }, 5],
  ["class ANY", { class: "ANY" }, 5],
  ["a transfer of the zone", { type: "AXFR" }, 5],
] as const)("%s is refused, without the authority bit", async (_, question, code) => {
  const { server } = await startServer(1);
  const query = packet.encode({ type: "query", id: 1, questions: [{ type: "A", name: NAME, ...question }] });
  for (const response of [await askUdp(server, query), await askTcp(server, query)]) {
    expect(response.readUInt16BE(2) & 0xf).toBe(code);
    expect(packet.decode(response)).toMatchObject({ flag_aa: false, questions: [{ name: NAME }], answers: [] });
  }
});

test("an unknown class is refused", async () => {
  const { server } = await startServer(1);
  const query = packet.encode({ type: "query", id: 1, questions: [{ type: "A", name: NAME }] });
  query.writeUInt16BE(999, query.length - 2);
  expect((await askUdp(server, query)).readUInt16BE(2) & 0xf).toBe(5);
});

test("another EDNS version gets BADVERS with version 0, and two OPT records get FORMERR", async () => {
  const { server } = await startServer(1);
  const options = { type: "OPT", name: ".", udpPayloadSize: 4_096, extendedRcode: 0, flags: 0, options: [] } as const;
  const ask = async (...versions: readonly number[]): Promise<packet.DecodedPacket> => {
    const additionals = versions.map((ednsVersion) => ({ ...options, ednsVersion, flag_do: false }));
    const questions = [{ type: "A", name: NAME } as const];
    return packet.decode(
      await askUdp(server, packet.encode({ type: "query", id: 1, questions, additionals: [...additionals] as never })),
    );
  };
  expect(await ask(0)).toMatchObject({ rcode: "NOERROR", answers: [{ type: "A" }] });
  expect(await ask(1)).toMatchObject({
    rcode: "NOERROR",
    answers: [],
    additionals: [{ type: "OPT", extendedRcode: 1, ednsVersion: 0 }],
  });
  expect(await ask(0, 0)).toMatchObject({ rcode: "FORMERR", answers: [] });
});

test("malformed messages over UDP and TCP do not stop the server", async () => {
  const { server, resolver } = await startServer(1);
  const formatError = await askUdp(
    server,
    Buffer.from("0102 0100 0001 0000 0000 0000 3f61".replaceAll(" ", ""), "hex"),
  );
  expect(formatError.readUInt16BE(2) & 0xf).toBe(1);
  const socket = connect(server.address.port, "127.0.0.1");
  socket.end(Buffer.from("0003ffffff", "hex"));
  socket.resume();
  await once(socket, "close");
  expect(await resolver.resolve4(NAME)).toEqual(["127.10.10.1"]);
});

test("any message gets a response or none, and never an exception", () => {
  const zone = zoneOf(3);
  const query = packet.encode({ type: "query", id: 7, questions: [{ type: "A", name: NAME }] });
  const messages = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    // A valid query with some bytes replaced reaches further into the parser than random bytes.
    fc
      .array(fc.tuple(fc.nat(query.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((edits) => edits.reduce((bytes, [at, value]) => bytes.with(at, value), new Uint8Array(query))),
  );
  fc.assert(
    fc.property(messages, fc.constantFrom("udp" as const, "tcp" as const), (message, transport) => {
      const response = respond(Buffer.from(message), transport, (question) => answer(zone, question, OPTIONS));
      if (response !== undefined) expect(response.readUInt16BE(0)).toBe(Buffer.from(message).readUInt16BE(0));
    }),
    { numRuns: 2_000 },
  );
});

async function askUdp(server: DnsServer, query: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  socket.send(query, server.address.port, "127.0.0.1");
  const [message] = (await once(socket, "message")) as [Buffer];
  socket.close();
  return message;
}

async function askTcp(server: DnsServer, query: Buffer): Promise<Buffer> {
  const socket = connect(server.address.port, "127.0.0.1");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  // In two pieces, as a slow client sends it.
  socket.write(length.subarray(0, 1));
  socket.write(Buffer.concat([length.subarray(1), query]));
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length >= 2 && received.length === 2 + received.readUInt16BE(0)) break;
  }
  return received.subarray(2);
}
