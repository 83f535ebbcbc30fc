import { FakeClock } from "@agent-team/foundation/fake-clock";
import { createChannel } from "@agent-team/grpc-client";
import { ManualResolver, StubServer } from "@agent-team/grpc-client/testing";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../logger.ts";
import { reportClientMetrics } from "./client-metrics.ts";

const NAMESPACE = "agent-team-production";
const MINUTE_MS = 60_000;

/** A channel without endpoints, with its clock and the log lines. */
function bench({ namespace }: { readonly namespace: string | undefined } = { namespace: NAMESPACE }) {
  const lines: Record<string, unknown>[] = [];
  const clock = new FakeClock();
  const resolver = new ManualResolver();
  const channel = createChannel("dns:///workflow-agent.test:50051", { clock, resolvers: [resolver], zone: "a" });
  onTestFinished(() => channel.close(0));
  const logger = createLogger({ DEBUG: false, LOG_LEVEL: "error" }, "api-gateway", {
    env: {},
    clock,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const stop = reportClientMetrics(channel, { namespace, target: "workflow-agent", logger, clock });
  return { channel, clock, lines, resolver, stop };
}

test("once a minute a line has the channel's figures, at each LOG_LEVEL", async () => {
  const { clock, lines } = bench();
  await clock.advanceAsync(MINUTE_MS - 1);
  expect(lines).toEqual([]);
  await clock.advanceAsync(1);
  expect(lines).toEqual([
    expect.objectContaining({
      service: "api-gateway",
      target: "workflow-agent",
      EndpointsKnown: 0,
      EndpointsReady: 0,
      Failovers: 0,
      Retries: 0,
      RetriesRefused: 0,
      WaitingCalls: 0,
    }),
  ]);
  await clock.advanceAsync(MINUTE_MS);
  expect(lines).toHaveLength(2);
});

test("the line is an embedded-metric document: each name that it declares is a field at its root", async () => {
  const { clock, lines } = bench();
  await clock.advanceAsync(MINUTE_MS);
  const [line = {}] = lines;
  const { Timestamp, CloudWatchMetrics } = line["_aws"] as {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  expect(Timestamp).toBe(clock.wallNow());
  expect(CloudWatchMetrics).toHaveLength(1);
  for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
    expect(Namespace).toBe(NAMESPACE);
    for (const name of Dimensions.flat()) expect(typeof line[name]).toBe("string");
    for (const { Name } of Metrics) expect(typeof line[Name]).toBe("number");
    expect(Metrics.length).toBeLessThanOrEqual(10);
  }
});

test("events are counted for one line, levels are in each line", async () => {
  await using server = await StubServer.start();
  const { channel, clock, lines, resolver } = bench();
  const isReady = new Promise<void>((resolve) => {
    channel.on((event) => {
      if (event.type === "resolution-failed") resolver.update([{ host: server.host, port: server.port }]);
      if (event.type === "connectivity-changed" && event.to === "ready") resolve();
    });
  });
  resolver.fail();
  await isReady;
  await clock.advanceAsync(2 * MINUTE_MS);
  expect(lines.map(({ ResolutionFailures, EndpointsReady }) => ({ ResolutionFailures, EndpointsReady }))).toEqual([
    { ResolutionFailures: 1, EndpointsReady: 1 },
    { ResolutionFailures: 0, EndpointsReady: 1 },
  ]);
});

test("without a namespace no line is written, and after the end no further one", async () => {
  const off = bench({ namespace: undefined });
  await off.clock.advanceAsync(MINUTE_MS);
  expect(off.lines).toEqual([]);

  const ended = bench();
  ended.stop();
  await ended.clock.advanceAsync(MINUTE_MS);
  expect(ended.lines).toEqual([]);
});
