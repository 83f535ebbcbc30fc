// Token buckets in a Redis that several processes share.

import { systemClock } from "@agent-team/foundation/clock";
import { whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { openRedisBuckets, type TokenBuckets } from "../src/token-buckets.ts";
import { adminOf, redis } from "./redis-journal.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

async function bucketsAt(redisUrl: string): Promise<TokenBuckets> {
  const buckets = await openRedisBuckets({ redisUrl, clock: systemClock, random: () => 0 });
  onTestFinished(() => buckets.close());
  await vi.waitUntil(() => buckets.isReady);
  return buckets;
}

/** By Redis's clock, in µs. */
async function nowOf(admin: ReturnType<typeof adminOf>): Promise<number> {
  const [seconds, us] = await admin.time();
  return Number(seconds) * 1_000_000 + Number(us);
}

test("two processes take from one bucket, as many tokens as it holds", async () => {
  const server = await redis();
  const one = await bucketsAt(server.url);
  const two = await bucketsAt(server.url);

  const states = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? one : two).take("ada", 3)));

  const allowed = states.filter(({ isAllowed }) => isAllowed);
  expect(allowed.map(({ remaining }) => remaining).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  expect(states.at(-1)).toMatchObject({ isAllowed: false, remaining: 0 });
  expect(await one.take("bob", 3)).toEqual({ isAllowed: true, remaining: 2, resetSeconds: 20 });
});

test.for([
  ["an empty bucket", 60_000_000],
  ["a bucket that was written by a clock an hour ahead", 3_600_000_000],
] as const)("%s gets its tokens by Redis's time, one after the other", async ([, fullInUs]) => {
  const server = await redis();
  const admin = adminOf(server);
  const buckets = await bucketsAt(server.url);
  const began = await nowOf(admin);
  await admin.set("at:rl:ada", began + fullInUs);
  let allowed = 0;

  await vi.waitUntil(
    async () => {
      if ((await buckets.take("ada", 600)).isAllowed) allowed += 1;
      return allowed === 3;
    },
    { interval: 1 },
  );

  expect(await nowOf(admin)).toBeGreaterThanOrEqual(began + 300_000);
});

test("a key lives until its bucket is full", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const buckets = await bucketsAt(server.url);

  await buckets.take("ada", 1);
  await buckets.take("ada", 1);
  await buckets.take("bob", 600);

  expect(await admin.pttl("at:rl:ada")).toBeGreaterThan(0);
  expect(await admin.pttl("at:rl:ada")).toBeLessThanOrEqual(60_000);
  await vi.waitUntil(async () => (await admin.dbsize()) === 1); // 100 ms later
});

test("the gateway's user of decision 0057 may take tokens, and read nothing else", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const may = "~at:rl:* +hello +select +info +eval +evalsha +get +set +time";
  await admin.call("ACL", "SETUSER", "gateway", "on", ">secret", ...may.split(" "));
  const buckets = await bucketsAt(`redis://gateway:secret@127.0.0.1:${server.port}`);

  expect(await buckets.take("ada", 2)).toMatchObject({ isAllowed: true, remaining: 1 });
  await admin.call("ACL", "SETUSER", "gateway", "-set");
  await expect(buckets.take("ada", 2)).rejects.toThrow(/its user may not do this/);
});
