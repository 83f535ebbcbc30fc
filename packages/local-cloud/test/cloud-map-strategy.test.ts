// Discovery of a channel by the local Cloud Map API. The channel has a fake clock, so that it polls only when the test
// advances the clock.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import {
  type Channel,
  type ChannelEvent,
  createChannel,
  type Target,
  targetFromEnvironment,
} from "@agent-team/grpc-client";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Discovery, LocalCloud, LocalCloudOptions } from "../src/index.ts";
import { echoService, startTestCloud, until } from "./support.ts";

/** From one poll to the next, jitter included. */
const POLL_MS = 5_500;

interface Watched {
  readonly cloud: LocalCloud;
  readonly channel: Channel;
  readonly clock: FakeClock;
  readonly events: ChannelEvent[];
  /** The endpoints of the only tier, sorted. */
  readonly known: () => readonly string[];
}

function open(target: Target): Omit<Watched, "cloud"> {
  const clock = new FakeClock();
  const events: ChannelEvent[] = [];
  const channel = createChannel(target, { clock });
  channel.on((event) => events.push(event));
  onTestFinished(() => channel.close());
  const known = (): readonly string[] =>
    (channel.snapshot().tiers[0]?.endpoints ?? []).map(({ address }) => address).toSorted();
  return { channel, clock, events, known };
}

function targetIn(cloud: LocalCloud): Target {
  const variables = cloud.clientEnvironment();
  // The SDK reads the variables of the process.
  for (const [name, value] of Object.entries(variables)) if (name.startsWith("AWS_")) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return targetFromEnvironment("WORKFLOW_SERVICE", variables, { defaultPort: 50051 });
}

async function watch(discovery: Discovery, options: LocalCloudOptions = {}): Promise<Watched> {
  const cloud = await startTestCloud({ discovery, ...options });
  return { cloud, ...open(targetIn(cloud)) };
}

function addresses(cloud: LocalCloud, which = (_state: string): boolean => true): readonly string[] {
  return cloud
    .tasks("workflow-agent")
    .flatMap(({ host, port, state }) => (which(state) ? [`${host}:${port}`] : []))
    .toSorted();
}

test("one poll finds all of twelve tasks with their zones, and DNS gives eight", {
  timeout: 60_000,
}, async () => {
  const services = [echoService({ desired: 12 })];
  const { cloud, channel, events, known } = await watch({ order: ["cloudmap", "dns"] }, { services });
  await until(known, (keys) => keys.length > 0);
  const [first] = events.filter((event) => event.type === "endpoints-changed" && event.tier === "cloudmap");
  expect(first).toMatchObject({ size: 12 });
  expect(known()).toEqual(addresses(cloud));
  expect(new Set(channel.snapshot().tiers[0]?.endpoints.map(({ zone }) => zone))).toEqual(
    new Set(["local-1a", "local-1b"]),
  );
  const inDns = (): number => channel.snapshot().tiers[1]?.endpoints.length ?? 0;
  expect(await until(inDns, (size) => size > 0)).toBe(8);
});

test("the next poll, after five seconds at most, finds new tasks", async () => {
  const { cloud, clock, known } = await watch("cloudmap");
  await until(known, (keys) => keys.length === 2);
  await cloud.setDesired("workflow-agent", 4);
  expect(known()).toHaveLength(2);
  clock.advance(POLL_MS);
  await until(known, (keys) => keys.length === 4);
  expect(known()).toEqual(addresses(cloud));
});

test("the channel drops a killed task after its connection fails, and finds the replacement", async () => {
  const { cloud, clock, known } = await watch("cloudmap");
  await until(known, (keys) => keys.length === 2);
  const [victim] = cloud.tasks("workflow-agent");
  await cloud.killTask(victim?.id ?? "");
  await cloud.steady("workflow-agent");
  const running = addresses(cloud, (state) => state === "running");
  await until(
    () => {
      clock.advance(100);
      return known();
    },
    (keys) => keys.join() === running.join(),
  );
});

test("tasks with ports of their own are found", async () => {
  const { cloud, known } = await watch("cloudmap", { portsOnly: true });
  await until(known, (keys) => keys.length === 2);
  expect(known()).toEqual(addresses(cloud));
});

test("an unknown service is named in lastError", async () => {
  const cloud = await startTestCloud({
    discovery: { order: ["cloudmap"], override: { cloudmap: "agent-team-local.local/unknown" } },
  });
  const { channel } = open(targetIn(cloud));
  const lastError = await until(
    () => channel.snapshot().tiers[0]?.lastError,
    (error) => error !== undefined,
  );
  expect(lastError).toBe(
    "Cloud Map agent-team-local.local/unknown: the namespace does not contain the service: check its name (ServiceNotFound)",
  );
});
