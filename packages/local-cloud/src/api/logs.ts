import { arn, logGroupName } from "../aws-names.ts";
import type { LogEvent, LogStream } from "../logs/log-group.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { filterPattern } from "./filter-pattern.ts";
import { pageOf } from "./page.ts";
import type { JsonAction, JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";

// AWS: an answer holds "as many log events as can fit in a response size of 1 MB (up to 10,000 log events)", where each
// counts its bytes and 26 more.
const maxEvents = 10_000;
const maxBytes = 1_048_576;
const bytesPerEvent = 26;

/** CloudWatch Logs: the group with a stream for each task, as the tasks' files hold them. */
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
        // AWS: at the end of the stream one gets back the token that one passed in.
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
      const limit = input.integer("limit", 1, maxEvents) ?? maxEvents;
      const after = input.text("nextToken") ?? "";
      let found: readonly FoundEvent[] = [];
      for (const stream of streams) {
        const asked = (await cloud.logs.events(stream)).filter(within(input)).filter(({ message }) => matches(message));
        const own = asked.map((event) => ({ ...event, stream: stream.name, id: eventId(stream, event) }));
        // One more than is answered says whether another page follows.
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

/** Ordered by time, then stream, then line: so an event's id is also the place from which a search goes on. */
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

/** `startTime` is within, `endTime` is not. */
function within(input: JsonInput): (event: LogEvent) => boolean {
  const start = input.integer("startTime", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const end = input.integer("endTime", 0, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY;
  return ({ atMs }) => atMs >= start && atMs < end;
}

/** Which part of the events is answered: from a token on, else the first or by default the last ones. */
function window(events: readonly LogEvent[], input: JsonInput): { readonly start: number; readonly end: number } {
  const limit = input.integer("limit", 1, maxEvents) ?? maxEvents;
  const token = input.text("nextToken") ?? (input.flag("startFromHead") ? "f/0" : `b/${events.length}`);
  const [, direction, place] = /^([fb])\/(\d{1,9})$/.exec(token) ?? [];
  if (place === undefined) throw input.refuse("The specified nextToken is invalid.");
  const at = Math.min(Number(place), events.length);
  if (direction === "f") return { start: at, end: at + fitting(events.slice(at, at + limit)) };
  return { start: at - fitting(events.slice(Math.max(0, at - limit), at).toReversed()), end: at };
}

/** How many of the first ones an answer can hold. */
function fitting(events: readonly LogEvent[]): number {
  let bytes = 0;
  const tooMany = events.findIndex(({ message }) => (bytes += Buffer.byteLength(message) + bytesPerEvent) > maxBytes);
  // A single one always goes, or nobody would come past it.
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
