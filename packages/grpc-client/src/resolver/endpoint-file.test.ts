import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../test/support/until.ts";
import type { Endpoint } from "../endpoint.ts";
import { EndpointFile } from "./endpoint-file.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let path: string;
let clock: FakeClock;
let ignored: string[];
let files: EndpointFile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "endpoint-file-"));
  path = join(folder, "endpoints.json");
  clock = new FakeClock();
  ignored = [];
  files = [];
});

afterEach(() => {
  for (const file of files) file.close();
  expect(clock.pendingTimers).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** A process's view of the file. */
function open(target = "agent"): EndpointFile {
  const file = new EndpointFile({ path, target, clock, onIgnored: (reason) => ignored.push(reason) });
  files.push(file);
  return file;
}

function endpoint(host: string, rest: Partial<Endpoint> = {}): Endpoint {
  return { host, port: 50_051, kind: "task", lane: 0, ...rest };
}

function saved(): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Saves endpoints of the tier dns, and waits until the file has them. */
async function save(file: EndpointFile, ...endpoints: readonly Endpoint[]): Promise<void> {
  const before = saved();
  file.tier("dns").save(endpoints);
  clock.advance(10_000);
  await until(() => saved() !== before, "the file is written");
}

test("a later process reads what an earlier one has saved, with its age and its attributes", async () => {
  const full = endpoint("10.0.0.1", { zone: "us-east-1a", name: "t1.agent.local", priority: 1, weight: 2 });
  await save(open(), full, endpoint("fd00::1"));
  clock.advance(5_000);
  expect(await open().tier("dns").read()).toEqual({ endpoints: [full, endpoint("fd00::1")], ageMs: 15_000 });
  expect(await open().tier("cloudmap").read()).toBeUndefined();
  expect(ignored).toEqual([]);
});

test("without a file nothing is read, and that is no error", async () => {
  expect(await open().tier("dns").read()).toBeUndefined();
  expect(ignored).toEqual([]);
});

test("only its owner can read and write it, and no other file is left", async () => {
  await save(open(), endpoint("10.0.0.1"));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["endpoints.json"]);
});

test("it is written at once, and then at most every 10 s", async () => {
  const dns = open().tier("dns");
  dns.save([endpoint("10.0.0.1")]);
  clock.advance(0);
  await until(() => saved().includes("10.0.0.1"), "the first write");
  dns.save([endpoint("10.0.0.2")]);
  dns.save([endpoint("10.0.0.3")]);
  await until(() => clock.pendingTimers === 1, "the next write is due");
  clock.advance(9_999);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(1);
  await until(() => saved().includes("10.0.0.3"), "the second write");
});

test("reserves and host names are not saved, and a set of only these keeps what was saved", async () => {
  const file = open();
  await save(file, endpoint("10.0.0.1"), endpoint("10.0.0.2", { isReserve: true }), endpoint("nlb.local"));
  expect(JSON.parse(saved())).toMatchObject({ tiers: { dns: { endpoints: [{ host: "10.0.0.1" }] } } });
  file.tier("dns").save([endpoint("nlb.local")]);
  expect(clock.pendingTimers).toBe(0);
});

test("tiers that a process has not resolved stay in the file", async () => {
  await save(open(), endpoint("10.0.0.1"));
  open()
    .tier("cloudmap")
    .save([endpoint("10.0.0.2")]);
  clock.advance(0);
  await until(() => saved().includes("10.0.0.2"), "the file is written");
  expect((await open().tier("dns").read())?.endpoints).toEqual([endpoint("10.0.0.1")]);
});

test.each<[string, number, string[]]>([
  ["24 hours old is read", 24 * HOUR_MS - 10_000, []],
  [
    "older is ignored",
    25 * HOUR_MS,
    ["the endpoints of dns: expected at most 24 hours old, and the file is 25 hours old"],
  ],
])("a file that is %s", async (_, ageMs, reasons) => {
  await save(open(), endpoint("10.0.0.1"));
  clock.advance(ageMs);
  expect((await open().tier("dns").read()) === undefined).toBe(reasons.length > 0);
  expect(ignored).toEqual(reasons);
});

describe("a file is ignored with the reason", () => {
  const tier = (endpoints: unknown, savedMs: unknown = 0): string =>
    JSON.stringify({ version: 1, target: "agent", tiers: { dns: { savedMs, endpoints } } });

  test.each<[string, string, string]>([
    ["no JSON", '{"version":1,"tar', "the file: expected JSON"],
    ["empty", "", "the file: expected JSON"],
    ["another kind of JSON", "[]", "the file: expected an object, got []"],
    ["of another version", '{"version":2}', "version: expected 1, got 2"],
    ["of another target", '{"version":1,"target":"engine"}', 'target: expected "agent", got "engine"'],
    ["without tiers", '{"version":1,"target":"agent"}', "tiers: expected an object, got nothing"],
    ["without a time", tier([endpoint("10.0.0.1")], "x"), 'tiers.dns.savedMs: expected a number, got "x"'],
    ["without endpoints", tier([]), "tiers.dns.endpoints: expected a list, got []"],
    ["with a null", tier([null]), "tiers.dns.endpoints[0]: expected an object, got null"],
    ["with a name", tier([endpoint("evil")]), 'tiers.dns.endpoints[0].host: expected an IP address, got "evil"'],
    [
      "with a wrong port",
      tier([endpoint("10.0.0.1"), endpoint("10.0.0.2", { port: 0 })]),
      "tiers.dns.endpoints[1].port: expected 1 to 65535, got 0",
    ],
    [
      "with a wrong lane",
      tier([endpoint("10.0.0.1", { lane: 9 })]),
      "tiers.dns.endpoints[0].lane: expected 0 to 3, got 9",
    ],
    [
      "with a wrong zone",
      tier([{ ...endpoint("10.0.0.1"), zone: 7 }]),
      "tiers.dns.endpoints[0].zone: expected a string, got 7",
    ],
    [
      "with a wrong kind",
      tier([{ ...endpoint("10.0.0.1"), kind: "x" }]),
      'tiers.dns.endpoints[0].kind: expected task or load-balancer, got "x"',
    ],
  ])("if it is %s", async (_, text, reason) => {
    writeFileSync(path, text, { mode: 0o600 });
    const file = open();
    expect(await file.tier("dns").read()).toBeUndefined();
    expect(await file.tier("dns").read()).toBeUndefined();
    expect(ignored).toEqual([reason]);
  });

  test("if its time is in the future", async () => {
    writeFileSync(path, tier([endpoint("10.0.0.1")], clock.wallNow() + 2 * HOUR_MS), { mode: 0o600 });
    expect(await open().tier("dns").read()).toBeUndefined();
    expect(ignored).toEqual(["the endpoints of dns: expected at most 24 hours old, and the file is from the future"]);
  });

  test("if others may write it", async () => {
    await save(open(), endpoint("10.0.0.1"));
    chmodSync(path, 0o620);
    expect(await open().tier("dns").read()).toBeUndefined();
    expect(ignored).toEqual(["its mode is 620: expected that only its owner may write it"]);
  });

  test("if it is too large", async () => {
    writeFileSync(path, " ".repeat((4 << 20) + 1), { mode: 0o600 });
    expect(await open().tier("dns").read()).toBeUndefined();
    expect(ignored).toEqual(["it has 4194305 bytes: expected at most 4194304"]);
  });
});

test("a corrupt file is replaced by the next write", async () => {
  writeFileSync(path, "{", { mode: 0o600 });
  await save(open(), endpoint("10.0.0.1"));
  expect((await open().tier("dns").read())?.endpoints).toHaveLength(1);
});

test("a folder that does not exist is reported once, and writing is tried again", async () => {
  rmSync(folder, { recursive: true });
  const dns = open().tier("dns");
  for (let i = 0; i < 3; i++) {
    dns.save([endpoint(`10.0.0.${i}`)]);
    clock.advance(10_000);
    await until(() => ignored.length === 1, "the report");
  }
  expect(ignored[0]).toMatch(/^it cannot be written: ENOENT/);
});
