import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { answer, RESPONSE_CODES, type Reply } from "./answer.ts";
import { NamespaceZone } from "./zone.ts";

const OPTIONS = { ttlSeconds: 10, negativeTtlSeconds: 5, random: seededRandom(7) };
const NAMESPACE = "agent-team-local.local";
const BALANCER = "agent-team-local-grpc-nlb.elb.local";

function zoneOf(count: number): NamespaceZone {
  const zone = new NamespaceZone(NAMESPACE, new Map([[BALANCER, "127.10.0.5"]]));
  for (let n = 1; n <= count; n++) {
    const instance = { id: `task${n}`, host: `127.10.10.${n}`, port: 50051, healthy: true, attributes: {} };
    zone.apply({ kind: "registered", service: "workflow-agent", instance });
  }
  return zone;
}

function ask(zone: NamespaceZone, type: "A" | "AAAA" | "SRV" | "SOA" | "NS" | "TXT", name: string): Reply {
  return answer(zone, { type, name }, OPTIONS);
}

const dataOf = (reply: Reply): unknown[] => reply.answers.map((record) => ("data" in record ? record.data : undefined));

test("an A query gets the address of every task, with the TTL", () => {
  const reply = ask(zoneOf(2), "A", `workflow-agent.${NAMESPACE}`);
  expect(new Set(dataOf(reply))).toEqual(new Set(["127.10.10.1", "127.10.10.2"]));
  expect(reply.answers.every((record) => "ttl" in record && record.ttl === 10)).toBe(true);
});

test("an SRV query gets a record for each task, and its target has an A record", () => {
  const zone = zoneOf(1);
  const target = `task1.workflow-agent.${NAMESPACE}`;
  expect(dataOf(ask(zone, "SRV", `workflow-agent.${NAMESPACE}`))).toEqual([
    { priority: 1, weight: 1, port: 50051, target },
  ]);
  expect(dataOf(ask(zone, "A", target))).toEqual(["127.10.10.1"]);
});

test("a response has eight random tasks, and repeated queries show all", () => {
  const zone = zoneOf(20);
  const seen = new Set<unknown>();
  // P(one of 20 unseen after 60 answers of 8) = (1 - 8/20)^60 < 1e-13; the seed makes it repeatable besides.
  for (let n = 0; n < 60; n++) {
    const shown = dataOf(ask(zone, "A", `workflow-agent.${NAMESPACE}`));
    expect(new Set(shown).size).toBe(8);
    for (const address of shown) seen.add(address);
  }
  expect(seen.size).toBe(20);
});

test("an AAAA query for an existing name gets no records and the SOA", () => {
  const reply = ask(zoneOf(1), "AAAA", `workflow-agent.${NAMESPACE}`);
  expect(reply).toMatchObject({ code: RESPONSE_CODES.noError, answers: [] });
  expect(reply.authorities).toMatchObject([{ type: "SOA", ttl: 5, data: { minimum: 5 } }]);
});

test.each([`workflow-agent.${NAMESPACE}`, `unknown.${NAMESPACE}`, `x.y.z.${NAMESPACE}`, "other.elb.local"])(
  "%s does not exist, and the SOA has the negative TTL",
  (name) => {
    const reply = ask(zoneOf(0), "A", name);
    expect(reply).toMatchObject({ code: RESPONSE_CODES.nameError, answers: [] });
    expect(reply.authorities).toMatchObject([{ type: "SOA", data: { minimum: 5 } }]);
  },
);

test("a name of another zone is refused", () => {
  expect(ask(zoneOf(1), "A", "example.com")).toEqual({ code: RESPONSE_CODES.refused, answers: [], authorities: [] });
});

test("the balancer's name has an address", () => {
  expect(dataOf(ask(zoneOf(0), "A", BALANCER))).toEqual(["127.10.0.5"]);
});

test("names are compared without case, and the response repeats the query's", () => {
  const name = `Workflow-AGENT.${NAMESPACE}`;
  expect(ask(zoneOf(1), "A", name).answers).toMatchObject([{ name, data: "127.10.10.1" }]);
});

test("a deregistered task is not in the response", () => {
  const zone = zoneOf(2);
  const instance = { id: "task1", host: "127.10.10.1", port: 50051, healthy: true, attributes: {} };
  zone.apply({ kind: "deregistered", service: "workflow-agent", instance });
  expect(dataOf(ask(zone, "A", `workflow-agent.${NAMESPACE}`))).toEqual(["127.10.10.2"]);
});

test("the apex of the zone has SOA and NS records", () => {
  expect(ask(zoneOf(0), "SOA", NAMESPACE).answers).toMatchObject([{ type: "SOA" }]);
  expect(dataOf(ask(zoneOf(0), "NS", NAMESPACE))).toEqual([`ns1.${NAMESPACE}`]);
});
