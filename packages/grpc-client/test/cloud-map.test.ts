/**
 * A channel that uses Cloud Map's API. Tasks start and end, the API fails, the SDK is not installed: calls still succeed.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { type Channel, type ChannelOptions, createChannel, type Target, type TierConfig } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { Load, send } from "./support/calls.ts";
import { type RegisteredInstance, TestCloudMapApi } from "./support/cloud-map-api.ts";
import { NO_PINGS } from "./support/defaults.ts";
import { createTransport } from "./support/loaded.ts";
import { findAndLeave } from "./support/program-that-leaves.ts";
import { until } from "./support/until.ts";

const CLOUD_MAP: TierConfig = { strategy: "cloudmap", namespace: "team.local", service: "agent", defaultPort: 50_051 };

function target(...tiers: readonly TierConfig[]): Target {
  return { name: "agent", tiers };
}

/** A registered task. */
function registered({ host, port }: StubServer): RegisteredInstance {
  return { id: host, attributes: { AWS_INSTANCE_IPV4: host, AWS_INSTANCE_PORT: String(port) } };
}

function open(clock: FakeClock, to: Target, options: ChannelOptions = {}): Channel {
  return createChannel(to, { clock, random: seededRandom(1), createTransport, ...NO_PINGS, ...options });
}

async function becomesReady(channel: Channel, { address }: StubServer): Promise<void> {
  const isReady = (): boolean =>
    channel
      .snapshot()
      .tiers.flatMap((tier) => tier.endpoints)
      .some((endpoint) => endpoint.address === address && endpoint.connectivity === "ready");
  await until(isReady, `${address} is ready`);
}

test("a registered task gets calls within 5 s, one that dies gets none, and no call is lost", async () => {
  await using api = await TestCloudMapApi.listen();
  await using first = await StubServer.start();
  await using second = await StubServer.start({ host: "127.0.0.2" });
  api.setInstances([registered(first)]);
  const clock = new FakeClock();
  await using channel = open(clock, target(CLOUD_MAP));
  await becomesReady(channel, first);
  const load = new Load(channel);
  await load.run(20);

  api.setInstances([registered(first), registered(second)]);
  clock.advance(5_500);
  await becomesReady(channel, second);
  await until(() => second.calls > 0, "the new task gets calls");

  clock.advance(1_000);
  const { wholeListRequests } = api;
  api.setInstances([registered(second)]);
  await first.stop();
  await until(() => {
    clock.advance(1);
    return channel.snapshot().tiers[0]?.endpoints.length === 1;
  }, "the dead task is forgotten");
  expect(api.wholeListRequests).toBeGreaterThan(wholeListRequests);
  await load.run(50);
  await load.stop();
  expect(load.errors).toEqual([]);
});

test("with an API that fails the next tier gets the calls, and the snapshot has the reason", async () => {
  await using api = await TestCloudMapApi.listen();
  api.behaviour = { status: 400, error: "AccessDeniedException" };
  await using server = await StubServer.start();
  await using channel = open(
    new FakeClock(),
    target(CLOUD_MAP, { strategy: "env", endpoints: [{ host: server.host, port: server.port }] }),
  );
  expect(await send(channel).ended()).toBeUndefined();
  expect(channel.snapshot().tiers).toMatchObject([
    {
      name: "cloudmap",
      active: false,
      lastError: expect.stringMatching(/not allowed: the role needs servicediscovery:/),
    },
    { name: "env", active: true, lastError: undefined },
  ]);
});

test("connections to the API do not keep a program with an open channel running", async () => {
  await using api = await TestCloudMapApi.listen();
  await using server = await StubServer.start();
  api.setInstances([registered(server)]);
  const { code, snapshot } = await findAndLeave(join(import.meta.dirname, ".."), target(CLOUD_MAP));
  expect(code).toBe(0);
  expect(snapshot.tiers).toMatchObject([{ name: "cloudmap", endpoints: [{ address: server.address }] }]);
});

test("without the SDK the next tier gets the calls, and the snapshot names the package", async () => {
  await using server = await StubServer.start();
  const folder = mkdtempSync(join(tmpdir(), "no-sdk-"));
  try {
    // Its node_modules, and those above it, hold only the dependencies of the client.
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    cpSync(join(import.meta.dirname, "..", "src"), join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, "node_modules", "@agent-team"), { recursive: true });
    for (const name of ["foundation", "http2"])
      symlinkSync(join(import.meta.dirname, "..", "..", name), join(folder, "node_modules", "@agent-team", name));
    cpSync(join(import.meta.dirname, "support"), join(folder, "test", "support"), { recursive: true });
    const there: TierConfig = { strategy: "env", endpoints: [{ host: server.host, port: server.port }] };
    const { code, snapshot } = await findAndLeave(folder, target(CLOUD_MAP, there));
    expect(code).toBe(0);
    expect(snapshot.tiers).toMatchObject([
      {
        name: "cloudmap",
        active: false,
        lastError:
          "Cloud Map team.local/agent: the optional package is not installed: npm install @aws-sdk/client-servicediscovery",
      },
      { name: "env", active: true },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
