// Discovery by the cloud's own Cloud Map API, as a client does it. Its clock is the test's, so that what is known is what
// was asked for: nothing here is found because somebody waited long enough.

import {
  type Channel,
  type ChannelEvent,
  createChannel,
  type Target,
  targetFromEnvironment,
} from "@agent-team/grpc-client";
import { FakeClock } from "@agent-team/grpc-client/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Discovery, LocalCloud, LocalCloudOptions } from "../src/index.ts";
import { echoService, startTestCloud, until } from "./support.ts";

/** From one question to the next, jitter included. */
const pollMs = 5_500;

interface Watched {
  readonly cloud: LocalCloud;
  readonly channel: Channel;
  readonly clock: FakeClock;
  readonly events: ChannelEvent[];
  /** What the only tier knows, sorted. */
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
  // The SDK reads those of the process.
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

test("finds all of twelve tasks with one question, with their zones; DNS shows eight", {
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

test("sees new tasks with the next question, five seconds later at most", async () => {
  const { cloud, clock, known } = await watch("cloudmap");
  await until(known, (keys) => keys.length === 2);
  await cloud.setDesired("workflow-agent", 4);
  expect(known()).toHaveLength(2);
  clock.advance(pollMs);
  await until(known, (keys) => keys.length === 4);
  expect(known()).toEqual(addresses(cloud));
});

test("forgets a killed task once nobody answers there, and finds the one in its place", async () => {
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

test("works with ports of their own as with addresses of their own", async () => {
  const { cloud, known } = await watch("cloudmap", { portsOnly: true });
  await until(known, (keys) => keys.length === 2);
  expect(known()).toEqual(addresses(cloud));
});

test("says what is wrong with a name that nobody has", async () => {
  const cloud = await startTestCloud({
    discovery: { order: ["cloudmap"], override: { cloudmap: "agent-team-local.local/nobody" } },
  });
  const { channel } = open(targetIn(cloud));
  const lastError = await until(
    () => channel.snapshot().tiers[0]?.lastError,
    (error) => error !== undefined,
  );
  expect(lastError).toBe(
    "Cloud Map agent-team-local.local/nobody: the namespace has no such service: check its name (ServiceNotFound)",
  );
});
