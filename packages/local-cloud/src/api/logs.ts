import { arn, logGroupName } from "../aws-names.ts";
import type { LogEvent, LogStream } from "../logs/log-group.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { filterPattern } from "./filter-pattern.ts";
import { pageOf } from "./page.ts";
import type { JsonAction, JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";

// AWS: a response has "as many log events as can fit in a response size of 1 MB (up to 10,000 log events)". Each event
// counts with its bytes and 26 more.
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const OVERHEAD_BYTES_PER_EVENT = 26;

/** CloudWatch Logs: one group with a stream for each task, read from the files of the tasks. */
export const logs: JsonService = {
  targetPrefix: "Logs_20140328",
  refusal: "InvalidParameterException",
  actions: {
    DescribeLogGroups: async (input, cloud) => {
      const name = logGroupName(cloud.name);
      const isAsked = name.startsWith(input.text("logGroupNamePrefix") ?? "");
      const contains = name.includes(input.text("logGroupNamePattern") ?? "");
      const streams = await cloud.logs.streams();
      const storedBytes = streams.reduce((sum, { bytes }) => sum + bytes, 0);
      const logGroupArn = arn("logs", `log-group:${name}`);
      const group = { logGroupName: name, arn: `${logGroupArn}:*`, logGroupArn, storedBytes, metricFilterCount: 0 };
      const createdAtMs = Math.min(cloud.createdAtMs, ...streams.map((stream) => stream.createdAtMs));
      return { logGroups: isAsked && contains ? [{ ...group, creationTime: createdAtMs }] : [] };
    },

    DescribeLogStreams: inGroup(async (input, cloud) => {
      const order = input.word("orderBy", ["LogStreamName", "LastEventTime"]) ?? "LogStreamName";
      const streams = [...(await cloud.logs.streams(input.text("logStreamNamePrefix")))];
      if (order === "LastEventTime") streams.sort((a, b) => a.writtenAtMs - b.writtenAtMs);
      if (input.flag("descending")) streams.reverse();
      const size = input.integer("limit", 1, 50) ?? 50;
      const { items, nextToken } = pageOf(streams, size, input.text("nextToken"), input.refusal);
      return { logStreams: items.map((stream) => streamDocument(stream, cloud)), nextToken };
    }),

    GetLogEvents: inGroup(async (input, cloud) => {
      const stream = await streamOf(input.requiredText("logStreamName"), cloud);
      const events = (await cloud.logs.events(stream)).filter(within(input));
      const { start, end } = window(events, input);
      return {
        events: events.slice(start, end).map(({ atMs, message }) => ({ ...times(atMs), message })),
        // AWS: at the end of the stream the response has the token of the request.
        nextForwardToken: `f/${end}`,
        nextBackwardToken: `b/${start}`,
      };
    }),

    FilterLogEvents: inGroup(async (input, cloud) => {
      const matches = filterPattern(input.text("filterPattern") ?? "", input.refusal);
      const names = input.texts("logStreamNames");
      const streams =
        names === undefined
          ? await cloud.logs.streams(input.text("logStreamNamePrefix"))
          : await Promise.all(names.map((name) => streamOf(name, cloud)));
      const limit = input.integer("limit", 1, MAX_EVENTS) ?? MAX_EVENTS;
      const after = input.text("nextToken") ?? "";
      let found: readonly FoundEvent[] = [];
      for (const stream of streams) {
        const asked = (await cloud.logs.events(stream)).filter(within(input)).filter(({ message }) => matches(message));
        const own = asked.map((event) => ({ ...event, stream: stream.name, id: eventId(stream, event) }));
        // One event more than the page has shows whether another page follows.
        found = [...found, ...own.filter(({ id }) => id > after)].sort(byId).slice(0, limit + 1);
      }
      const shown = found.slice(0, fitting(found.slice(0, limit)));
      return {
        events: shown.map(({ atMs, message, stream, id }) => ({
          logStreamName: stream,
          eventId: id,
          ...times(atMs),
          message,
        })),
        searchedLogStreams: [],
        nextToken: shown.length < found.length ? shown.at(-1)?.id : undefined,
      };
    }),
  },
};

interface FoundEvent extends LogEvent {
  readonly stream: string;
  readonly id: string;
}

/** Ids sort by time, stream and line, so the last id of a page is the token of the next one. */
function eventId({ name }: LogStream, { atMs, index }: LogEvent): string {
  return `${String(atMs).padStart(15, "0")}/${name}/${String(index).padStart(7, "0")}`;
}

function byId(a: FoundEvent, b: FoundEvent): number {
  return a.id < b.id ? -1 : 1;
}

function inGroup(action: JsonAction): JsonAction {
  return (input, cloud) => {
    const name = input.text("logGroupName") ?? input.text("logGroupIdentifier");
    if (name === undefined) throw input.refuse("logGroupName is missing");
    const own = logGroupName(cloud.name);
    if (name === own || name === arn("logs", `log-group:${own}`)) return action(input, cloud);
    throw new ApiError("ResourceNotFoundException", "The specified log group does not exist.");
  };
}

async function streamOf(name: string, { logs }: CloudView): Promise<LogStream> {
  const stream = await logs.find(name);
  if (stream !== undefined) return stream;
  throw new ApiError("ResourceNotFoundException", "The specified log stream does not exist.");
}

/** `startTime` is inclusive, `endTime` exclusive. */
function within(input: JsonInput): (event: LogEvent) => boolean {
  const start = input.integer("startTime", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const end = input.integer("endTime", 0, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY;
  return ({ atMs }) => atMs >= start && atMs < end;
}

/** The range of events of a response: from the token, otherwise the first events or by default the last ones. */
function window(events: readonly LogEvent[], input: JsonInput): { readonly start: number; readonly end: number } {
  const limit = input.integer("limit", 1, MAX_EVENTS) ?? MAX_EVENTS;
  const token = input.text("nextToken") ?? (input.flag("startFromHead") ? "f/0" : `b/${events.length}`);
  const [, direction, place] = /^([fb])\/(\d{1,9})$/.exec(token) ?? [];
  if (place === undefined) throw input.refuse("The specified nextToken is invalid.");
  const at = Math.min(Number(place), events.length);
  if (direction === "f") return { start: at, end: at + fitting(events.slice(at, at + limit)) };
  return { start: at - fitting(events.slice(Math.max(0, at - limit), at).toReversed()), end: at };
}

/** How many of the first events fit into one response. */
function fitting(events: readonly LogEvent[]): number {
  let bytes = 0;
  const tooMany = events.findIndex(
    ({ message }) => (bytes += Buffer.byteLength(message) + OVERHEAD_BYTES_PER_EVENT) > MAX_BYTES,
  );
  // At least one event: otherwise a reader could not get past an event above the limit.
  return tooMany === -1 ? events.length : Math.max(1, tooMany);
}

function times(atMs: number): object {
  return { timestamp: atMs, ingestionTime: atMs };
}

function streamDocument({ name, createdAtMs, writtenAtMs, bytes }: LogStream, cloud: CloudView): object {
  return {
    logStreamName: name,
    arn: arn("logs", `log-group:${logGroupName(cloud.name)}:log-stream:${name}`),
    creationTime: createdAtMs,
    firstEventTimestamp: createdAtMs,
    lastEventTimestamp: writtenAtMs,
    lastIngestionTime: writtenAtMs,
    storedBytes: bytes,
  };
}
