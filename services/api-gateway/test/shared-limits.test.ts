// Two gateways with one Redis have one limit for each subject, and serve without that Redis.

import { createHash } from "node:crypto";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { beforeEach, expect, test, vi } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

const KEY = "atk_ada";

function startGateway(redis: RedisServer, clock: FakeClock): Promise<TestGateway> {
  const hash = createHash("sha256").update(KEY).digest("hex");
  const env = {
    AUTH_MODE: "api_key",
    API_KEYS: `ada:${hash}`,
    IDENTITY_SECRET: "x".repeat(32),
    REQUESTS_PER_MINUTE: "4",
    REDIS_URL: redis.url,
  };
  return startTestGateway({ engine: { listRuns: () => ({}) }, env, clock });
}

const isReady = (line: Readonly<Record<string, unknown>>): boolean => /Redis at .* is ready/.test(String(line["msg"]));

async function limitAt(gateway: TestGateway): Promise<readonly [status: number, policy: string, left: string]> {
  const { status, headers } = await fetch(`${gateway.url}/v1/runs`, { headers: { "x-api-key": KEY } });
  return [status, headers.get("ratelimit-policy") ?? "", headers.get("ratelimit") ?? ""];
}

test("two gateways together let as many requests through as one limit has", async () => {
  await using redis = await RedisServer.start();
  // Their own clocks stand still: only Redis's time fills the bucket.
  await using one = await startGateway(redis, new FakeClock());
  await using two = await startGateway(redis, new FakeClock());
  await Promise.all([one.logged(isReady), two.logged(isReady)]);

  const seen = [];
  for (const gateway of [one, two, one, two, one, two]) seen.push(await limitAt(gateway));

  expect(seen.map(([status]) => status)).toEqual([200, 200, 200, 200, 429, 429]);
  expect(seen.map(([, policy]) => policy)).toEqual(Array(6).fill('"requests";q=4;w=60'));
  expect(seen.map(([, , left]) => /r=(\d)/.exec(left)?.[1])).toEqual(["3", "2", "1", "0", "0", "0"]);
});

test("a Redis that dies leaves the gateway a quarter of the limit, and takes over again when it is back", async () => {
  await using redis = await RedisServer.start();
  const clock = new FakeClock();
  await using gateway = await startGateway(redis, clock);
  await gateway.logged(isReady);
  expect(await limitAt(gateway)).toEqual([200, '"requests";q=4;w=60', '"requests";r=3;t=15']);

  await redis.kill();
  await gateway.logged((line) => line["code"] === "ECONNRESET");
  expect(await limitAt(gateway)).toEqual([200, '"requests";q=1;w=60', '"requests";r=0;t=60']);
  expect((await limitAt(gateway))[0]).toBe(429);
  const metrics = await (await fetch(`${gateway.healthUrl}/metrics`)).text();
  expect(metrics).toContain("\ngateway_requests_limited_alone_total 2\n");

  await redis.start();
  await vi.waitUntil(() => {
    clock.advance(100); // the waits between two attempts to connect
    return gateway.log.filter(isReady).length === 2;
  });
  expect(await limitAt(gateway)).toEqual([200, '"requests";q=4;w=60', '"requests";r=3;t=15']);
  expect(gateway.log.filter(({ msg }) => /limits/.test(String(msg))).map(({ msg }) => msg)).toEqual([
    "Redis does not answer in time: this gateway limits callers alone, at a quarter",
    "the limits of callers are shared again",
  ]);
});
