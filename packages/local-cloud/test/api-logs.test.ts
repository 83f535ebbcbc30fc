// CloudWatch Logs: streams, the events of one stream, and the events of all streams in the order of time.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { json } from "./aws.ts";
import { echoService, startTestCloud, testFolder } from "./support.ts";

const LOG_GROUP = "/ecs/agent-team-local";

interface Logged {
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName?: string;
  readonly eventId?: string;
}

interface Output {
  readonly logGroups?: readonly { readonly logGroupName: string }[];
  readonly logStreams?: readonly { readonly logStreamName: string; readonly storedBytes: number }[];
  readonly events?: readonly Logged[];
  readonly nextToken?: string;
  readonly nextForwardToken?: string;
  readonly nextBackwardToken?: string;
  readonly __type?: string;
}

async function ask(cloud: LocalCloud, action: string, input: object = {}): Promise<Output> {
  const { text } = await json(cloud, `Logs_20140328.${action}`, { logGroupName: LOG_GROUP, ...input });
  return JSON.parse(text) as Output;
}

const messagesOf = ({ events }: Output): readonly string[] => (events ?? []).map(({ message }) => message);

/** A cloud without tasks, with log files of earlier tasks: one line for each time, in seconds. */
async function cloudWithLogs(streams: Readonly<Record<string, readonly number[]>>): Promise<LocalCloud> {
  const logFolder = testFolder();
  for (const [name, times] of Object.entries(streams)) {
    const [service = "", id = ""] = name.split("/");
    const folder = join(logFolder, service, service);
    mkdirSync(folder, { recursive: true });
    const lines = times.map(
      (second) => `{"time":"2026-01-01T00:00:${String(second).padStart(2, "0")}Z","msg":"${id}${second}"}\n`,
    );
    writeFileSync(join(folder, `${id}.log`), lines.join(""));
  }
  return startTestCloud({ services: [echoService({ desired: 0 })], logFolder });
}

const shortMessages = (messages: readonly string[]): string =>
  messages.map((message) => (JSON.parse(message) as { msg: string }).msg).join(" ");

const START_MS = 1_767_225_600_000;

test("DescribeLogStreams lists a stream for each task, by name or by time", async () => {
  const cloud = await startTestCloud();
  expect((await ask(cloud, "DescribeLogGroups", {})).logGroups).toMatchObject([{ logGroupName: LOG_GROUP }]);
  expect((await ask(cloud, "DescribeLogGroups", { logGroupNamePrefix: "/other" })).logGroups).toEqual([]);
  const ids = cloud.tasks().map(({ id }) => `workflow-agent/workflow-agent/${id}`);
  const namesOf = ({ logStreams }: Output): readonly string[] =>
    (logStreams ?? []).map(({ logStreamName }) => logStreamName);
  expect(namesOf(await ask(cloud, "DescribeLogStreams"))).toEqual(ids.toSorted());
  expect(namesOf(await ask(cloud, "DescribeLogStreams", { descending: true }))).toEqual(ids.toSorted().toReversed());
  expect(namesOf(await ask(cloud, "DescribeLogStreams", { logStreamNamePrefix: ids[0] }))).toEqual([ids[0]]);
  const page = await ask(cloud, "DescribeLogStreams", { orderBy: "LastEventTime", limit: 1 });
  const rest = await ask(cloud, "DescribeLogStreams", {
    orderBy: "LastEventTime",
    limit: 1,
    nextToken: page.nextToken,
  });
  expect([...namesOf(page), ...namesOf(rest)].toSorted()).toEqual(ids.toSorted());
});

test("a stream is found by its name, its short name, and the literal task-id", async () => {
  const cloud = await cloudWithLogs({ "workflow-agent/aa": [1, 2] });
  for (const name of ["workflow-agent/workflow-agent/aa", "workflow-agent/aa", "workflow-agent/task-id"]) {
    const output = await ask(cloud, "GetLogEvents", { logStreamName: name });
    expect(shortMessages(messagesOf(output)), name).toBe("aa1 aa2");
    expect(output.events?.map(({ timestamp }) => timestamp - START_MS)).toEqual([1_000, 2_000]);
  }
  for (const name of [
    "workflow-agent/bb",
    "workflow-agent/workflow-agent/bb",
    "workflow-engine/task-id",
    "../secrets",
    "a/b/aa",
  ]) {
    expect(await ask(cloud, "GetLogEvents", { logStreamName: name }), name).toMatchObject({
      __type: "ResourceNotFoundException",
    });
  }
  expect(
    await ask(cloud, "GetLogEvents", { logGroupName: "/ecs/other", logStreamName: "workflow-agent/aa" }),
  ).toMatchObject({
    __type: "ResourceNotFoundException",
  });
});

test("GetLogEvents reads a stream from either end, within a time range, and gives tokens to go on", async () => {
  const cloud = await cloudWithLogs({ "workflow-agent/t": [0, 1, 2, 3, 4] });
  const get = (input: object): Promise<Output> =>
    ask(cloud, "GetLogEvents", { logStreamName: "workflow-agent/t", ...input });
  const first = await get({ startFromHead: true, limit: 2 });
  expect(shortMessages(messagesOf(first))).toBe("t0 t1");
  const next = await get({ nextToken: first.nextForwardToken, limit: 5 });
  expect(shortMessages(messagesOf(next))).toBe("t2 t3 t4");
  // Nothing more: the same token comes back.
  expect(await get({ nextToken: next.nextForwardToken })).toMatchObject({
    events: [],
    nextForwardToken: next.nextForwardToken,
  });
  const last = await get({ limit: 2 });
  expect(shortMessages(messagesOf(last))).toBe("t3 t4");
  expect(shortMessages(messagesOf(await get({ limit: 2, nextToken: last.nextBackwardToken })))).toBe("t1 t2");
  expect(shortMessages(messagesOf(await get({ startTime: START_MS + 1_000, endTime: START_MS + 3_000 })))).toBe(
    "t1 t2",
  );
  expect(await get({ nextToken: "f/x" })).toMatchObject({ __type: "InvalidParameterException" });
});

test("FilterLogEvents searches all streams in the order of time, by page and by pattern", async () => {
  const cloud = await cloudWithLogs({
    "workflow-agent/a": [0, 3, 4],
    "workflow-agent/b": [1, 2],
    "api-gateway/c": [5],
  });
  const filter = (input: object): Promise<Output> => ask(cloud, "FilterLogEvents", input);
  expect(shortMessages(messagesOf(await filter({})))).toBe("a0 b1 b2 a3 a4 c5");
  expect(shortMessages(messagesOf(await filter({ logStreamNamePrefix: "workflow-agent" })))).toBe("a0 b1 b2 a3 a4");
  expect(shortMessages(messagesOf(await filter({ logStreamNames: ["workflow-agent/b"] })))).toBe("b1 b2");
  expect(shortMessages(messagesOf(await filter({ filterPattern: "b2" })))).toBe("b2");
  expect(shortMessages(messagesOf(await filter({ startTime: START_MS + 4_000 })))).toBe("a4 c5");

  const seen: string[] = [];
  const eventIds = new Set<string | undefined>();
  let nextToken: string | undefined;
  do {
    const output = await filter({ limit: 2, nextToken });
    seen.push(shortMessages(messagesOf(output)));
    for (const { eventId } of output.events ?? []) eventIds.add(eventId);
    nextToken = output.nextToken;
  } while (nextToken !== undefined);
  expect(seen).toEqual(["a0 b1", "b2 a3", "a4 c5"]);
  expect(eventIds.size).toBe(6);
});

test("a response is limited in size, and the next page goes on after it", async () => {
  const logFolder = testFolder();
  const folder = join(logFolder, "workflow-agent", "workflow-agent");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "big.log"), `${"x".repeat(300_000)}\n`.repeat(5));
  const cloud = await startTestCloud({ services: [echoService({ desired: 0 })], logFolder });
  const counts: number[] = [];
  let nextToken: string | undefined;
  do {
    const output = await ask(cloud, "FilterLogEvents", { nextToken });
    counts.push(output.events?.length ?? 0);
    nextToken = output.nextToken;
  } while (nextToken !== undefined);
  expect(counts).toEqual([3, 2]);
  const first = await ask(cloud, "GetLogEvents", { logStreamName: "workflow-agent/big", startFromHead: true });
  expect(first).toMatchObject({ events: { length: 3 }, nextForwardToken: "f/3" });
});
