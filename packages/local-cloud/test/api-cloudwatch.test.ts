// CloudWatch in both protocols: the current utilization of tasks, and no datapoints for other periods and metrics.

import { existsSync } from "node:fs";
import { systemClock } from "@agent-team/foundation/clock";
import { expect, test } from "vitest";
import { formatInstant } from "../src/api/wire/instant.ts";
import type { LocalCloud } from "../src/index.ts";
import { json, query } from "./aws.ts";
import { startTestCloud } from "./support.ts";

const ACTION = "GraniteServiceVersion20100801.GetMetricStatistics";
const NOW_SECONDS = Math.floor(systemClock.wallNow() / 1_000);
const QUESTION = {
  Namespace: "AWS/ECS",
  MetricName: "MemoryUtilization",
  Dimensions: [
    { Name: "ClusterName", Value: "agent-team-local" },
    { Name: "ServiceName", Value: "workflow-agent-service" },
  ],
  StartTime: NOW_SECONDS - 600,
  EndTime: NOW_SECONDS + 600,
  Period: 60,
  Statistics: ["Average", "SampleCount", "Maximum"],
};

interface Datapoints {
  readonly Label: string;
  readonly Datapoints: readonly Readonly<Record<string, number>>[];
}

async function ask(cloud: LocalCloud, changes: object = {}): Promise<Datapoints> {
  const { text } = await json(cloud, ACTION, { ...QUESTION, ...changes });
  return JSON.parse(text) as Datapoints;
}

const WHY_NO_PROC = existsSync("/proc/self/stat")
  ? undefined
  : "no /proc: the local cloud cannot read the utilization of tasks";

test("the running tasks of a service have one datapoint with the requested statistics", async ({ skip }) => {
  if (WHY_NO_PROC !== undefined) skip(WHY_NO_PROC);
  const cloud = await startTestCloud();
  const { Label, Datapoints: found } = await ask(cloud);
  expect(Label).toBe("MemoryUtilization");
  expect(found).toEqual([
    {
      Timestamp: expect.toSatisfy((at: number) => at % 60 === 0 && at >= NOW_SECONDS - 60),
      Average: expect.toSatisfy((percent: number) => percent > 0 && percent < 100),
      Maximum: expect.any(Number),
      SampleCount: 2,
      Unit: "Percent",
    },
  ]);
  const [cpu] = (await ask(cloud, { MetricName: "CPUUtilization" })).Datapoints;
  expect(cpu?.["Average"]).toBeGreaterThan(0);
  const [ofCluster] = (await ask(cloud, { Dimensions: QUESTION.Dimensions.slice(0, 1) })).Datapoints;
  expect(ofCluster?.["SampleCount"]).toBe(2);
});

test("other periods, metrics and dimensions have no datapoints", async () => {
  const cloud = await startTestCloud();
  const unknown = [
    { StartTime: NOW_SECONDS - 7_200, EndTime: NOW_SECONDS - 3_600 },
    { MetricName: "NetworkRxBytes" },
    { Namespace: "AWS/ApplicationELB" },
    { Dimensions: [] },
    { Dimensions: [{ Name: "ClusterName", Value: "other" }] },
    { Dimensions: [...QUESTION.Dimensions, { Name: "TaskId", Value: "1" }] },
  ];
  for (const changes of unknown) {
    expect((await ask(cloud, changes)).Datapoints, JSON.stringify(changes)).toEqual([]);
  }
});

test("a query request gets XML", async () => {
  const cloud = await startTestCloud();
  const form = {
    Action: "GetMetricStatistics",
    Version: "2010-08-01",
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    "Dimensions.member.1.Name": "ClusterName",
    "Dimensions.member.1.Value": "agent-team-local",
    StartTime: formatInstant((NOW_SECONDS - 600) * 1_000),
    EndTime: formatInstant((NOW_SECONDS + 600) * 1_000),
    Period: "60",
    "Statistics.member.1": "SampleCount",
  };
  const { status, text } = await query(cloud, form);
  expect(status).toBe(200);
  expect(text).toContain("<Label>CPUUtilization</Label>");
  if (WHY_NO_PROC === undefined) expect(text).toContain("<SampleCount>2</SampleCount>");
  expect((await query(cloud, { ...form, StartTime: "yesterday" })).text).toContain(
    "<Code>InvalidParameterValue</Code>",
  );
});

test("invalid requests get the errors of AWS", async () => {
  const cloud = await startTestCloud();
  const cases = [
    [{ Period: 7 }, "InvalidParameterValue"],
    [{ Period: 90 }, "InvalidParameterValue"],
    [{ EndTime: QUESTION.StartTime }, "InvalidParameterValue"],
    [{ Statistics: [] }, "InvalidParameterCombination"],
    [{ Namespace: undefined }, "InvalidParameterValue"],
    [{ StartTime: "now" }, "SerializationException"],
  ] as const;
  for (const [changes, code] of cases) {
    const { status, text } = await json(cloud, ACTION, { ...QUESTION, ...changes });
    expect({ status, text }, JSON.stringify(changes)).toEqual({ status: 400, text: expect.stringContaining(code) });
  }
});
