import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AwsEnvironment } from "../../test/support/aws-environment.ts";
import { type Behaviour, type RegisteredInstance, TestCloudMapApi, task } from "../../test/support/cloud-map-api.ts";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { turns, until } from "../../test/support/until.ts";
import { ZoneMap } from "../zone.ts";
import { createPollingResolver } from "./polling-resolvers.ts";
import type { Resolver } from "./resolver.ts";

const POLL_MS = 5_000;
const WHOLE_LIST = "DiscoverInstances";
const REVISION = "DiscoverInstancesRevision";

let api: TestCloudMapApi;
let clock: FakeClock;
let listener: RecordingListener;
let resolver: Resolver;
let randomNumber: number;

beforeEach(async () => {
  api = await TestCloudMapApi.listen();
  clock = new FakeClock();
  listener = new RecordingListener();
  randomNumber = 0.5;
});

afterEach(async () => {
  resolver.close();
  await until(() => api.connections === 0, "its connections are closed");
  expect(clock.pendingTimers).toBe(0);
  await api[Symbol.asyncDispose]();
});

async function start(zones?: ZoneMap): Promise<void> {
  const tier = { strategy: "cloudmap", namespace: "team.local", service: "agent", defaultPort: 50_051 } as const;
  resolver = await createPollingResolver(tier, { ...RESOLVER_DEFAULTS, clock, random: () => randomNumber, zones });
  resolver.start(listener);
}

/** Starts with these registered, and waits for the first answer. */
async function startWith(...instances: readonly RegisteredInstance[]): Promise<void> {
  api.setInstances(instances);
  await start();
  await listener.next();
}

/** Advances the clock by `ms`. Returns the requests since then and the reported endpoints. */
async function after(ms: number): Promise<{ readonly asked: readonly string[]; readonly keys: readonly string[] }> {
  const before = api.requests.length;
  await clock.advanceAsync(ms);
  const keys = await listener.nextKeys();
  return { asked: api.requests.slice(before), keys };
}

function fleet(size: number): readonly RegisteredInstance[] {
  return Array.from({ length: size }, (_, index) => task(`10.0.${index >> 8}.${index & 0xff}`));
}

describe("the answer", () => {
  test("is requested with HEALTHY_OR_ELSE_ALL and the maximum size", async () => {
    await startWith(task("10.0.10.7"));
    expect(api.requests).toEqual([WHOLE_LIST]);
    expect(api.inputs).toEqual([
      { NamespaceName: "team.local", ServiceName: "agent", HealthStatus: "HEALTHY_OR_ELSE_ALL", MaxResults: 1_000 },
    ]);
  });

  test("has the address, the port and the zone of each instance, and its name in DNS", async () => {
    api.setInstances([task("10.0.10.7", { AWS_INSTANCE_PORT: "50061", AVAILABILITY_ZONE: "us-east-1a" })]);
    await start();
    const result = await listener.next();
    expect(result.kind === "update" && [...result.set]).toEqual([
      {
        ...{ host: "10.0.10.7", port: 50_061, kind: "task", lane: 0 },
        ...{ zone: "us-east-1a", name: "task-10.0.10.7.agent.team.local" },
      },
    ]);
  });

  test("leads to the default port and the zone of the subnet for an instance without these attributes", async () => {
    api.setInstances([{ id: "a", attributes: { AWS_INSTANCE_IPV4: "10.0.10.7" } }]);
    const zones = ZoneMap.parse("10.0.10.0/24=us-east-1a");
    await start("value" in zones ? zones.value : undefined);
    const result = await listener.next();
    expect(result.kind === "update" && [...result.set]).toMatchObject([
      { host: "10.0.10.7", port: 50_051, zone: "us-east-1a" },
    ]);
  });

  test("has the IPv6 address of an instance without IPv4, and one address of an instance with both", async () => {
    const v6 = { AWS_INSTANCE_IPV6: "fd00::7", AWS_INSTANCE_PORT: "1" };
    api.setInstances([
      { id: "six", attributes: v6 },
      { id: "both", attributes: { ...v6, AWS_INSTANCE_IPV4: "10.0.10.7" } },
    ]);
    await start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:1", "[fd00::7]:1"]);
  });

  test("lists a dozen instances at once", async () => {
    api.setInstances(fleet(12));
    await start();
    expect(await listener.nextKeys()).toHaveLength(12);
    expect(listener.results).toHaveLength(1);
  });

  test("of a thousand may be cut off: onTruncated is called once, and no endpoint is removed", async () => {
    await startWith(...fleet(1_000));
    expect(await listener.next()).toEqual({ kind: "truncated", records: 1_000 });
    for (let i = 0; i < 4; i++) {
      api.setInstances(fleet(1_001).slice(1));
      expect((await after(POLL_MS)).keys).toHaveLength(1_000);
    }
    expect(listener.results.filter(({ kind }) => kind === "truncated")).toHaveLength(1);
  });

  test("below a thousand is complete: an endpoint that two of them lack is removed", async () => {
    await startWith(...fleet(999));
    api.setInstances(fleet(998));
    expect((await after(POLL_MS)).keys).toHaveLength(999);
    await clock.advanceAsync(POLL_MS);
    await listener.next();
    api.setInstances(fleet(998));
    expect((await after(POLL_MS)).keys).toHaveLength(998);
  });

  test("skips instances without an address to call, and onSkipped is called once", async () => {
    const nowhere = { id: "nowhere", attributes: {} };
    const elsewhere = { id: "elsewhere", attributes: { AWS_INSTANCE_IPV4: "10.0.10.300" } };
    const portless = task("10.0.10.8", { AWS_INSTANCE_PORT: "70000" });
    api.setInstances([nowhere, task("10.0.10.7"), elsewhere, portless]);
    await start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
    expect(await listener.next()).toEqual({ kind: "skipped", instances: ["nowhere", "elsewhere", portless.id] });
    api.setInstances([nowhere, task("10.0.10.7")]);
    await after(POLL_MS);
    expect(listener.results.filter(({ kind }) => kind === "skipped")).toHaveLength(1);
  });

  test("with skipped instances only keeps the last set and is an error with their number", async () => {
    api.setInstances([{ id: "nowhere", attributes: {} }]);
    await start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: none of its instances (1) has an IP address and a port",
    );
  });

  test("without instances keeps the last set and is an error", async () => {
    await start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: no instance is registered",
    );
  });

  test("has the unhealthy instances when no instance is healthy", async () => {
    api.setInstances([task("10.0.10.7"), task("10.0.10.8")]);
    api.setUnhealthy("task-10.0.10.7", "task-10.0.10.8");
    await start();
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051", "10.0.10.8:50051"]);
  });
});

describe("the schedule", () => {
  test("requests the revision every 5 s, and the whole list every 30 s", async () => {
    await startWith(task("10.0.10.7"));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5; i++) expect((await after(POLL_MS)).asked).toEqual([REVISION]);
      expect((await after(POLL_MS)).asked).toEqual([WHOLE_LIST]);
    }
  });

  test.each([
    [0, 4_500],
    [1, 5_500],
  ])("with a random number of %d makes a request after %d ms", async (value, atMs) => {
    randomNumber = value;
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(atMs - 1);
    await turns(10);
    expect(api.requests).toHaveLength(1);
    await after(1);
    expect(api.requests).toHaveLength(2);
  });

  test("requests the whole list when the revision has changed, so a new task is known within 5 s", async () => {
    await startWith(task("10.0.10.7"));
    api.setInstances([task("10.0.10.7"), task("10.0.10.8")]);
    const { asked, keys } = await after(POLL_MS);
    expect(asked).toEqual([REVISION, WHOLE_LIST]);
    expect(keys).toEqual(["10.0.10.7:50051", "10.0.10.8:50051"]);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });

  test.each(["connection-lost", "goaway"] as const)("after %s requests the whole list at once", async (reason) => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(1_000);
    resolver.refresh(reason);
    resolver.refresh(reason);
    expect((await after(0)).asked).toEqual([WHOLE_LIST]);
    await turns(10);
    expect(api.requests).toHaveLength(2);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });

  test("requests the whole list once more when a connection was lost during a request", async () => {
    api.setInstances([task("10.0.10.7")]);
    await start();
    resolver.refresh("connection-lost");
    await listener.next();
    expect((await after(1_000)).asked).toEqual([WHOLE_LIST]);
  });

  test("requests the whole list after a lost connection until an answer comes", async () => {
    await startWith(task("10.0.10.7"));
    api.behaviour = { status: 500, error: "InternalFailure" };
    await clock.advanceAsync(1_000);
    resolver.refresh("connection-lost");
    await clock.advanceAsync(0);
    await listener.nextError();
    api.behaviour = "answer";
    expect((await after(1_000)).asked).toEqual([WHOLE_LIST]);
  });

  test("never makes two requests within a second", async () => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(400);
    resolver.refresh("connection-lost");
    await clock.advanceAsync(599);
    await turns(10);
    expect(api.requests).toHaveLength(1);
    expect((await after(1)).asked).toEqual([WHOLE_LIST]);
  });

  test.each(["connect-failed", "nothing-ready"] as const)("after %s requests the revision at once", async (reason) => {
    await startWith(task("10.0.10.7"));
    await clock.advanceAsync(1_000);
    resolver.refresh(reason);
    expect((await after(0)).asked).toEqual([REVISION]);
  });

  test("in standby requests the whole list, once a minute", async () => {
    api.setInstances([task("10.0.10.7")]);
    await start();
    resolver.setStandby(true);
    await listener.next();
    await clock.advanceAsync(59_999);
    await turns(10);
    expect(api.requests).toHaveLength(1);
    expect((await after(1)).asked).toEqual([WHOLE_LIST]);
    resolver.setStandby(false);
    expect((await after(POLL_MS)).asked).toEqual([REVISION]);
  });
});

describe("an instance that is missing", () => {
  test("is removed at once when a connect fails", async () => {
    await startWith(task("10.0.10.7"), task("10.0.10.8"));
    api.setInstances([task("10.0.10.7")]);
    expect((await after(POLL_MS)).keys).toHaveLength(2);
    resolver.didFailToConnect("10.0.10.8:50051");
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
  });

  test("stays while only the revision is requested, which does not reflect health", async () => {
    await startWith(task("10.0.10.7"), task("10.0.10.8"));
    api.setUnhealthy("task-10.0.10.8");
    // 30 s: the first answer without it. Then five revisions, and the second one.
    for (let i = 0; i < 11; i++) expect((await after(POLL_MS)).keys).toHaveLength(2);
    const { asked, keys } = await after(POLL_MS);
    expect(asked).toEqual([WHOLE_LIST]);
    expect(keys).toEqual(["10.0.10.7:50051"]);
  });
});

describe("a service that", () => {
  const BEHAVIOURS: readonly [string, Behaviour, string][] = [
    [
      "throttles",
      { status: 400, error: "RequestLimitExceeded" },
      "throttled: the account's request limit in this region is exceeded (RequestLimitExceeded)",
    ],
    [
      "throttles by another error",
      { status: 429, error: "ThrottlingException" },
      "throttled: the account's request limit in this region is exceeded (ThrottlingException)",
    ],
    ["fails", { status: 500, error: "InternalFailure" }, "the service failed (InternalFailure, HTTP 500)"],
    ["is behind a proxy that fails", "no-json", "the service failed (HTTP 502)"],
    ["answers with other JSON", "garbage", "the answer is malformed"],
    ["closes the connection", "hang-up", "socket hang up"],
    [
      "denies access",
      { status: 400, error: "AccessDeniedException" },
      "not allowed: the role needs servicediscovery:DiscoverInstances and servicediscovery:DiscoverInstancesRevision" +
        " (AccessDeniedException)",
    ],
    [
      "does not have the namespace",
      { status: 400, error: "NamespaceNotFound" },
      "the namespace does not exist in this account and region: check its name and AWS_REGION (NamespaceNotFound)",
    ],
    [
      "does not have the service",
      { status: 400, error: "ServiceNotFound" },
      "the namespace does not contain the service: check its name (ServiceNotFound)",
    ],
    [
      "does not accept the credentials",
      { status: 400, error: "UnrecognizedClientException" },
      "AWS refused the credentials: check the role or the keys, and this machine's clock (UnrecognizedClientException)",
    ],
  ];

  test.each(BEHAVIOURS)("%s leads to an error of one line, and the last set stays", async (_, behaviour, line) => {
    await startWith(task("10.0.10.7"));
    api.behaviour = behaviour;
    await clock.advanceAsync(POLL_MS);
    expect((await listener.nextError()).message).toBe(`[unavailable] Cloud Map team.local/agent: ${line}`);
    api.behaviour = "answer";
    expect((await after(1_000)).keys).toEqual(["10.0.10.7:50051"]);
  });

  test.each(["silent", "half"] as const)("is %s leads to an error after 2 s", async (behaviour) => {
    api.behaviour = behaviour;
    await start();
    await api.asked(1);
    await turns(10);
    await clock.advanceAsync(1_999);
    await turns(10);
    expect(listener.results).toEqual([]);
    await clock.advanceAsync(1);
    expect((await listener.nextError()).message).toBe("[unavailable] Cloud Map team.local/agent: no answer within 2 s");
    // The next request follows at once, a second after the last one began. It does not wait for the lost one.
    await api.asked(2);
    await until(() => api.connections === 1, "the silent connection is closed");
  });

  test("throttles gets requests with a backoff of up to 30 s", async () => {
    randomNumber = 1;
    await startWith(task("10.0.10.7"));
    api.behaviour = { status: 400, error: "RequestLimitExceeded" };
    await clock.advanceAsync(5_500);
    await listener.nextError();
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const asked = api.requests.length;
      await clock.advanceAsync(waitMs - 1);
      resolver.refresh("connection-lost");
      await turns(10);
      expect(api.requests).toHaveLength(asked);
      await clock.advanceAsync(1);
      await listener.nextError();
      expect(api.requests).toHaveLength(asked + 1);
    }
  });

  test("has closed an idle connection gets the request on a new one, without an error", async () => {
    await startWith(task("10.0.10.7"));
    api.behaviour = "hang-up-when-kept";
    expect((await after(POLL_MS)).asked).toEqual([REVISION, REVISION]);
  });
});

describe("close", () => {
  test("aborts a running request and closes every connection", async () => {
    api.behaviour = "silent";
    await start();
    await api.asked(1);
    resolver.close();
    await until(() => api.connections === 0, "the connection is closed");
    expect(listener.results).toEqual([]);
  });

  test("before the first request is sent prevents it", async () => {
    await start();
    resolver.close();
    await turns(100);
    expect(api.requests).toEqual([]);
  });
});

describe("without", () => {
  test("a region the error names the variable to set", async () => {
    using _aws = new AwsEnvironment({ AWS_REGION: undefined });
    await start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: no region is set: set AWS_REGION",
    );
  });

  test("credentials the error names the possible sources", async () => {
    using _aws = new AwsEnvironment({ AWS_ACCESS_KEY_ID: undefined });
    await start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: no credentials were found: give the task a role, " +
        "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (CredentialsProviderError)",
    );
  });

  test("a server at the endpoint the error names its address", async () => {
    using _aws = new AwsEnvironment({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    await start();
    expect((await listener.nextError()).message).toBe(
      "[unavailable] Cloud Map team.local/agent: connect ECONNREFUSED 127.0.0.1:1",
    );
  });
});
