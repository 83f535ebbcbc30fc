/**
 * `npm run example -- packages/journal/test/measure-redis.ts`: how long a request takes, one after the other, and how
 * many a second go through with 64 at once, for each adapter and for ioredis alone, in the same run. 1 KiB documents.
 * It is not a test and asserts nothing. Redis runs on this machine, without TLS and without appendonly.
 */

import { RedisServer } from "@agent-team/test-support/redis-server";
import { Redis } from "ioredis";
import { GrpcJournal } from "../src/grpc/client.ts";
import { InProcessJournal, serveJournal } from "../src/host.ts";
import { type Journal, readRedisUrl } from "../src/index.ts";
import { RedisJournal } from "../src/redis/client.ts";
import { openRedisBuckets } from "../src/token-buckets.ts";
import { countingClock } from "./counting-clock.ts";

const COUNT = 20_000;
const value = new Uint8Array(1024).fill(65);
/** One event of a run. */
const record = new Uint8Array(200).fill(65);

type Request = (at: number) => Promise<unknown>;

function requestsOf(journal: Journal): Readonly<Record<string, Request>> {
  return {
    "put, new, one index": (at) => journal.put(`new-${at}`, value, { expectedVersion: 0, indexes: [`i-${at % 100}`] }),
    "put, at its version": (at) => journal.put("same", value, { expectedVersion: at }),
    "append to one log": (at) => journal.append("log", [record], { expectedVersion: at + 1 }),
    get: (at) => journal.get(`new-${at}`),
    "list, 20 documents": (at) => journal.list(`i-${at % 100}`, { limit: 20 }),
  };
}

async function measure(name: string, requests: Readonly<Record<string, Request>>): Promise<void> {
  for (const [what, request] of Object.entries(requests)) {
    const tookMs: number[] = [];
    for (let at = 0; at < COUNT; at++) {
      const startedMs = performance.now();
      await request(at);
      tookMs.push(performance.now() - startedMs);
    }
    if (what.startsWith("append")) {
      const [first, last] = [tookMs.slice(10, 1010), tookMs.slice(-1000)].map(median);
      console.log(`${name.padEnd(12)}${what}: p50 ${first} ms from record 10 on, ${last} ms at ${COUNT} records`);
    }
    tookMs.sort((a, b) => a - b);
    const [p50, p99, max] = [0.5, 0.99, 1].map((part) => (tookMs[Math.ceil(COUNT * part) - 1] ?? 0).toFixed(3));
    console.log(`${name.padEnd(12)}${what.padEnd(22)} p50 ${p50} ms   p99 ${p99} ms   max ${max} ms`);
  }
}

function median(tookMs: readonly number[]): string {
  return (tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1] ?? 0).toFixed(3);
}

async function throughput(name: string, request: Request): Promise<void> {
  const startedMs = performance.now();
  let at = 0;
  const one = async (): Promise<void> => {
    while (at < COUNT) await request(at++);
  };
  await Promise.all(Array.from({ length: 64 }, one));
  const perSecond = COUNT / ((performance.now() - startedMs) / 1000);
  console.log(
    `${name.padEnd(12)}${"put, 64 at once".padEnd(22)} ${Math.round(perSecond).toLocaleString("en")} a second`,
  );
}

await using server = await RedisServer.start();
const clock = countingClock();
const redis = new RedisJournal({ target: readRedisUrl(server.url), clock, random: () => 0 });
const inProcess = new InProcessJournal();
await using hosted = await serveJournal({ journal: new InProcessJournal() });
const grpc = new GrpcJournal({ host: "127.0.0.1", port: hosted.port, clock, random: () => 0 });
const raw = new Redis(server.port, "127.0.0.1");

console.log(`Node ${process.version}, ${COUNT} requests each`);
for (const [name, journal] of Object.entries({ redis, grpc, "in-process": inProcess })) {
  await journal.put("log", value);
  await measure(name, requestsOf(journal));
  await throughput(name, (at) => journal.put(`many-${at}`, value));
}
const bytes = Buffer.from(value);
await measure("ioredis", { "SET, its floor": (at) => raw.set(`raw-${at}`, bytes) });
await throughput("ioredis", (at) => raw.set(`raw-${at}`, bytes));

const buckets = await openRedisBuckets({ redisUrl: server.url, clock, random: () => 0 });
await measure("buckets", { "take a token": (at) => buckets.take(`caller-${at % 100}`, 600) });

raw.disconnect();
for (const journal of [redis, grpc, inProcess, buckets]) await journal.close();
