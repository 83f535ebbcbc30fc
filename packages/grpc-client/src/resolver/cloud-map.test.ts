import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AwsEnvironment } from "../../test/support/aws-environment.ts";
import { type Manners, type RegisteredInstance, TestCloudMapApi, task } from "../../test/support/cloud-map-api.ts";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { turns, until } from "../../test/support/until.ts";
import { ZoneMap } from "../zone.ts";
import { createResolver } from "./create.ts";
import type { Resolver } from "./resolver.ts";

const POLL_MS = 5_000;
const WHOLE = "DiscoverInstances";
const REVISION = "DiscoverInstancesRevision";

let api: TestCloudMapApi;
let clock: FakeClock;
let listener: RecordingListener;
let resolver: Resolver;
let dice: number;

beforeEach(async () => {
  api = await TestCloudMapApi.listen();
  clock = new FakeClock();
  listener = new RecordingListener();
  dice = 0.5;
});

afterEach(async () => {
  resolver.close();
  await until(() => api.connections === 0, "its connections are closed");
  expect(clock.pendingTimers).toBe(0);
  await api[Symbol.asyncDispose]();
});

function start(zones?: ZoneMap): void {
  const tier = { strategy: "cloudmap", namespace: "team.local", service: "agent", defaultPort: 50_051 } as const;
  resolver = createResolver(tier, { ...RESOLVER_DEFAULTS, clock, random: () => dice, zones });
  resolver.start(listener);
}

/** With these registered, and known. */
async function startWith(...instances: readonly RegisteredInstance[]): Promise<void> {
  api.setInstances(instances);
  start();
  await listener.next();
}

/** What is asked, and heard of it, after `ms`. */
async function after(ms: number): Promise<{ readonly asked: readonly string[]; readonly keys: readonly string[] }> {
  const before = api.questions.length;
  await clock.advanceAsync(ms);
  const keys = await listener.nextKeys();
  return { asked: api.questions.slice(before), keys };
}

function fleet(size: number): readonly RegisteredInstance[] {
  return Array.from({ length: size }, (_, index) => task(`10.0.${index >> 8}.${index & 0xff}`));
}

describe("the answer", () => {
  test("is asked for with the health that fails open, and as large as it can be", async () => {
    await startWith(task("10.0.10.7"));
    expect(api.questions).toEqual([WHOLE]);
    expect(api.inputs).toEqual([
      { NamespaceName: "team.local", ServiceName: "agent", HealthStatus: "HEALTHY_OR_ELSE_ALL", MaxResults: 1_000 },
    ]);
  });

  test("tells address, port and zone of each instance, and the name that DNS has for it", async () => {
    api.setInstances([task("10.0.10.7", { AWS_INSTANCE_PORT: "50061", AVAILABILITY_ZONE: "us-east-1a" })]);
    start();
    const heard = await listener.next();
    expect(heard.kind === "update" && [...heard.set]).toEqual([
      {
        ...{ host: "10.0.10.7", port: 50_061, kind: "task", lane: 0 },
        ...{ zone: "us-east-1a", name: "task-10.0.10.7.agent.team.local" },
      },
    ]);
  });

  test("leaves port and zone to what the caller knows where an instance tells none", async () => {
    api.setInstances([{ id: "a", attributes: { AWS_INSTANCE_IPV4: "10.0.10.7" } }]);
    const zones = ZoneMap.parse("10.0.10.0/24=us-east-1a");
    start("value" in zones ? zones.value : undefined);
    const heard = await listener.next();
    expect(heard.kind === "update" && [...heard.set]).toMatchObject([
      { host: "10.0.10.7", port: 50_051, zone: "us-east-1a" },
    ]);
  });

  test("has the IPv6 address of an instance without IPv4, and one address of an instance with both", async () => {
    const v6 = { AWS_INSTANCE_IPV6: "fd00::7", AWS_INSTANCE_PORT: "1" };
    api.setInstances([
      { id: "six", attributes: v6 },
      { id: "both", attributes: { ...v6, AWS_INSTANCE_IPV4: "10.0.10.7" } },
    ]);
    start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:1", "[fd00::7]:1"]);
  });

  test("of a dozen instances lists all of them at once", async () => {
    api.setInstances(fleet(12));
    start();
    expect(await listener.nextKeys()).toHaveLength(12);
    expect(listener.heard).toHaveLength(1);
  });

  test("of a thousand may be cut off, which is told once, and takes nobody away", async () => {
    await startWith(...fleet(1_000));
    expect(await listener.next()).toEqual({ kind: "truncated", records: 1_000 });
    for (let i = 0; i < 4; i++) {
      api.setInstances(fleet(1_001).slice(1));
      expect((await after(POLL_MS)).keys).toHaveLength(1_000);
    }
    expect(listener.heard.filter(({ kind }) => kind === "truncated")).toHaveLength(1);
  });

  test("below a thousand is complete: who is missing in two of them goes", async () => {
    await startWith(...fleet(999));
    api.setInstances(fleet(998));
    expect((await after(POLL_MS)).keys).toHaveLength(999);
    await clock.advanceAsync(POLL_MS);
    await listener.next();
    api.setInstances(fleet(998));
    expect((await after(POLL_MS)).keys).toHaveLength(998);
  });

  test("passes over instances without an address to call, and tells of them once", async () => {
    const nowhere = { id: "nowhere", attributes: {} };
    const elsewhere = { id: "elsewhere", attributes: { AWS_INSTANCE_IPV4: "10.0.10.300" } };
    const portless = task("10.0.10.8", { AWS_INSTANCE_PORT: "70000" });
    api.setInstances([nowhere, task("10.0.10.7"), elsewhere, portless]);
    start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
    expect(await listener.next()).toEqual({ kind: "skipped", instances: ["nowhere", "elsewhere", portless.id] });
    api.setInstances([nowhere, task("10.0.10.7")]);
    await after(POLL_MS);
    expect(listener.heard.filter(({ kind }) => kind === "skipped")).toHaveLength(1);
  });

  test("that lists such instances alone is none, and says so", async () => {
    api.setInstances([{ id: "nowhere", attributes: {} }]);
    start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: none of its instances (1) has an IP address and a port",
    );
  });

  test("that lists nobody is none, and says so", async () => {
    start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: no instance is registered",
    );
  });

  test("lists the unhealthy ones when there is nobody else", async () => {
    api.setInstances([task("10.0.10.7"), task("10.0.10.8")]);
    api.setUnhealthy("task-10.0.10.7", "task-10.0.10.8");
    start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051", "10.0.10.8:50051"]);
  });
});

describe("the schedule", () => {
  test("asks for the revision every five seconds, and for everything every thirty", async () => {
    await startWith(task("10.0.10.7"));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5; i++) expect((await after(POLL_MS)).asked).toEqual([REVISION]);
      expect((await after(POLL_MS)).asked).toEqual([WHOLE]);
    }
  });

  test.each([
    [0, 4_500],
    [1, 5_500],
  ])("with dice of %d asks after %d ms", async (value, atMs) => {
    dice = value;
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(atMs - 1);
    await turns(10);
    expect(api.questions).toHaveLength(1);
    await after(1);
    expect(api.questions).toHaveLength(2);
  });

  test("asks for everything when the revision has moved, so that a new task is known within five seconds", async () => {
    await startWith(task("10.0.10.7"));
    api.setInstances([task("10.0.10.7"), task("10.0.10.8")]);
    const { asked, keys } = await after(POLL_MS);
    expect(asked).toEqual([REVISION, WHOLE]);
    expect(keys).toEqual(["10.0.10.7:50051", "10.0.10.8:50051"]);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });

  test.each(["connection-lost", "goaway"] as const)("after %s asks for everything at once", async (reason) => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(1_000);
    resolver.refresh(reason);
    resolver.refresh(reason);
    expect((await after(0)).asked).toEqual([WHOLE]);
    await turns(10);
    expect(api.questions).toHaveLength(2);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });

  test("asks for everything once more when a connection was lost while it was asking", async () => {
    api.setInstances([task("10.0.10.7")]);
    start();
    resolver.refresh("connection-lost");
    await listener.next();
    expect((await after(1_000)).asked).toEqual([WHOLE]);
  });

  test("asks for everything after a lost connection, however often the answer fails to come", async () => {
    await startWith(task("10.0.10.7"));
    api.manners = { status: 500, error: "InternalFailure" };
    await clock.advanceAsync(1_000);
    resolver.refresh("connection-lost");
    await clock.advanceAsync(0);
    await listener.nextError();
    api.manners = "answer";
    expect((await after(1_000)).asked).toEqual([WHOLE]);
  });

  test("never asks twice within a second", async () => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(400);
    resolver.refresh("connection-lost");
    await clock.advanceAsync(599);
    await turns(10);
    expect(api.questions).toHaveLength(1);
    expect((await after(1)).asked).toEqual([WHOLE]);
  });

  test.each(["connect-failed", "nothing-ready"] as const)("after %s asks for the revision at once", async (reason) => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(1_000);
    resolver.refresh(reason);
    expect((await after(0)).asked).toEqual([REVISION]);
  });

  test("in standby asks for everything, once a minute", async () => {
    api.setInstances([task("10.0.10.7")]);
    start();
    resolver.setStandby(true);
    await listener.next();
    await clock.advanceAsync(59_999);
    await turns(10);
    expect(api.questions).toHaveLength(1);
    expect((await after(1)).asked).toEqual([WHOLE]);
    resolver.setStandby(false);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });
});

describe("an instance that is missing", () => {
  test("goes at once when it cannot be connected to", async () => {
    await startWith(task("10.0.10.7"), task("10.0.10.8"));
    api.setInstances([task("10.0.10.7")]);
    expect((await after(POLL_MS)).keys).toHaveLength(2);
    resolver.didFailToConnect("10.0.10.8:50051");
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
  });

  test("stays while only the revision is asked for, which says nothing of health", async () => {
    await startWith(task("10.0.10.7"), task("10.0.10.8"));
    api.setUnhealthy("task-10.0.10.8");
    // 30 s: the first answer without it. Then five revisions, and the second one.
    for (let i = 0; i < 11; i++) expect((await after(POLL_MS)).keys).toHaveLength(2);
    const { asked, keys } = await after(POLL_MS);
    expect(asked).toEqual([WHOLE]);
    expect(keys).toEqual(["10.0.10.7:50051"]);
  });
});

describe("a service that", () => {
  const MANNERS: readonly [string, Manners, string][] = [
    [
      "throttles",
      { status: 400, error: "RequestLimitExceeded" },
      "throttled: the account's limit in this region is used up (RequestLimitExceeded)",
    ],
    [
      "throttles in other words",
      { status: 429, error: "ThrottlingException" },
      "throttled: the account's limit in this region is used up (ThrottlingException)",
    ],
    ["fails", { status: 500, error: "InternalFailure" }, "the service failed (InternalFailure, HTTP 500)"],
    ["is behind a proxy that fails", "no-json", "the service failed (HTTP 502)"],
    ["answers with something else", "garbage", "the answer is malformed"],
    ["hangs up", "hang-up", "socket hang up"],
    [
      "forbids it",
      { status: 400, error: "AccessDeniedException" },
      "not allowed: the role needs servicediscovery:DiscoverInstances and servicediscovery:DiscoverInstancesRevision" +
        " (AccessDeniedException)",
    ],
    [
      "has no such namespace",
      { status: 400, error: "NamespaceNotFound" },
      "there is no such namespace here: check its name, and AWS_REGION (NamespaceNotFound)",
    ],
    [
      "has no such service",
      { status: 400, error: "ServiceNotFound" },
      "the namespace has no such service: check its name (ServiceNotFound)",
    ],
    [
      "does not accept the credentials",
      { status: 400, error: "UnrecognizedClientException" },
      "the credentials are refused: check the role or the keys, and this machine's clock (UnrecognizedClientException)",
    ],
  ];

  test.each(MANNERS)("%s is an error of one line that says so, and keeps what was known", async (_, manners, line) => {
    await startWith(task("10.0.10.7"));
    api.manners = manners;
    await clock.advanceAsync(POLL_MS);
    expect((await listener.nextError()).message).toBe(`[unavailable] Cloud Map team.local/agent: ${line}`);
    api.manners = "answer";
    expect((await after(1_000)).keys).toEqual(["10.0.10.7:50051"]);
  });

  test.each(["silent", "half"] as const)("is %s is an error after two seconds", async (manners) => {
    api.manners = manners;
    start();
    await api.asked(1);
    await turns(10);
    await clock.advanceAsync(1_999);
    await turns(10);
    expect(listener.heard).toEqual([]);
    await clock.advanceAsync(1);
    expect((await listener.nextError()).message).toBe("[unavailable] Cloud Map team.local/agent: no answer within 2 s");
    // The next question follows at once, a second after the last one began. It does not wait behind the lost one.
    await api.asked(2);
    await until(() => api.connections === 1, "the connection that brought nothing is given up");
  });

  test("throttles is left in peace for longer and longer, up to thirty seconds", async () => {
    dice = 1;
    await startWith(task("10.0.10.7"));
    api.manners = { status: 400, error: "RequestLimitExceeded" };
    await clock.advanceAsync(5_500);
    await listener.nextError();
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const asked = api.questions.length;
      await clock.advanceAsync(waitMs - 1);
      resolver.refresh("connection-lost");
      await turns(10);
      expect(api.questions).toHaveLength(asked);
      await clock.advanceAsync(1);
      await listener.nextError();
      expect(api.questions).toHaveLength(asked + 1);
    }
  });

  test("has given up a connection that idled is asked on another one, without an error", async () => {
    await startWith(task("10.0.10.7"));
    api.manners = "hang-up-when-kept";
    expect((await after(POLL_MS)).asked).toEqual([REVISION, REVISION]);
  });
});

describe("close", () => {
  test("ends a question under way, and every connection", async () => {
    api.manners = "silent";
    start();
    await api.asked(1);
    resolver.close();
    await until(() => api.connections === 0, "the connection is closed");
    expect(listener.heard).toEqual([]);
  });

  test("before the first question has left leaves nothing to come", async () => {
    start();
    resolver.close();
    await turns(100);
    expect(api.questions).toEqual([]);
  });
});

describe("without", () => {
  test("a region the error says which variable to set", async () => {
    using _aws = new AwsEnvironment({ AWS_REGION: undefined });
    start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: there is no region: set AWS_REGION",
    );
  });

  test("credentials the error says where they could come from", async () => {
    using _aws = new AwsEnvironment({ AWS_ACCESS_KEY_ID: undefined });
    start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: there are no credentials: give the task a role, " +
        "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (CredentialsProviderError)",
    );
  });

  test("anybody at the endpoint the error names it", async () => {
    using _aws = new AwsEnvironment({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: connect ECONNREFUSED 127.0.0.1:1",
    );
  });
});
