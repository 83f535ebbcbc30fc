import { seededRandom } from "@agent-team/grpc-client";
import { describe, expect, it } from "vitest";
import { answer, type Reply, responseCodes } from "./answer.ts";
import { NamespaceZone } from "./zone.ts";

const options = { ttlSeconds: 10, negativeTtlSeconds: 5, random: seededRandom(7) };
const namespace = "agent-team-local.local";
const balancer = "agent-team-local-grpc-nlb.elb.local";

function zoneOf(count: number): NamespaceZone {
  const zone = new NamespaceZone(namespace, new Map([[balancer, "127.10.0.5"]]));
  for (let n = 1; n <= count; n++) {
    const instance = { id: `task${n}`, host: `127.10.10.${n}`, port: 50051, healthy: true, attributes: {} };
    zone.apply({ kind: "registered", service: "workflow-agent", instance });
  }
  return zone;
}

function ask(zone: NamespaceZone, type: "A" | "AAAA" | "SRV" | "SOA" | "NS" | "TXT", name: string): Reply {
  return answer(zone, { type, name }, options);
}

const dataOf = (reply: Reply): unknown[] => reply.answers.map((record) => ("data" in record ? record.data : undefined));

describe("the namespace's answers", () => {
  it("gives the address of every task with the TTL", () => {
    const reply = ask(zoneOf(2), "A", `workflow-agent.${namespace}`);
    expect(new Set(dataOf(reply))).toEqual(new Set(["127.10.10.1", "127.10.10.2"]));
    expect(reply.answers.every((record) => "ttl" in record && record.ttl === 10)).toBe(true);
  });

  it("gives SRV records whose targets have addresses of their own", () => {
    const zone = zoneOf(1);
    const target = `task1.workflow-agent.${namespace}`;
    expect(dataOf(ask(zone, "SRV", `workflow-agent.${namespace}`))).toEqual([
      { priority: 1, weight: 1, port: 50051, target },
    ]);
    expect(dataOf(ask(zone, "A", target))).toEqual(["127.10.10.1"]);
  });

  it("shows eight of many tasks, other ones each time, until all were seen", () => {
    const zone = zoneOf(20);
    const seen = new Set<unknown>();
    // P(one of 20 unseen after 60 answers of 8) = (1 - 8/20)^60 < 1e-13; the seed makes it repeatable besides.
    for (let n = 0; n < 60; n++) {
      const shown = dataOf(ask(zone, "A", `workflow-agent.${namespace}`));
      expect(new Set(shown).size).toBe(8);
      for (const address of shown) seen.add(address);
    }
    expect(seen.size).toBe(20);
  });

  it("answers AAAA of a known name with nothing and the SOA", () => {
    const reply = ask(zoneOf(1), "AAAA", `workflow-agent.${namespace}`);
    expect(reply).toMatchObject({ code: responseCodes.noError, answers: [] });
    expect(reply.authorities).toMatchObject([{ type: "SOA", ttl: 5, data: { minimum: 5 } }]);
  });

  it.each([`workflow-agent.${namespace}`, `nobody.${namespace}`, `x.y.z.${namespace}`, "other.elb.local"])(
    "says that %s does not exist, and for how long that holds",
    (name) => {
      const reply = ask(zoneOf(0), "A", name);
      expect(reply).toMatchObject({ code: responseCodes.nameError, answers: [] });
      expect(reply.authorities).toMatchObject([{ type: "SOA", data: { minimum: 5 } }]);
    },
  );

  it("refuses names of other zones", () => {
    expect(ask(zoneOf(1), "A", "example.com")).toEqual({ code: responseCodes.refused, answers: [], authorities: [] });
  });

  it("knows the balancer's name", () => {
    expect(dataOf(ask(zoneOf(0), "A", balancer))).toEqual(["127.10.0.5"]);
  });

  it("does not care for the case of a name and repeats the asker's", () => {
    const name = `Workflow-AGENT.${namespace}`;
    expect(ask(zoneOf(1), "A", name).answers).toMatchObject([{ name, data: "127.10.10.1" }]);
  });

  it("forgets a task that was deregistered", () => {
    const zone = zoneOf(2);
    const instance = { id: "task1", host: "127.10.10.1", port: 50051, healthy: true, attributes: {} };
    zone.apply({ kind: "deregistered", service: "workflow-agent", instance });
    expect(dataOf(ask(zone, "A", `workflow-agent.${namespace}`))).toEqual(["127.10.10.2"]);
  });

  it("names itself at the apex", () => {
    expect(ask(zoneOf(0), "SOA", namespace).answers).toMatchObject([{ type: "SOA" }]);
    expect(dataOf(ask(zoneOf(0), "NS", namespace))).toEqual([`ns1.${namespace}`]);
  });
});
