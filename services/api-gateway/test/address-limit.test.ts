// Callers without a subject are limited by their address: what authentication refuses, webhooks, and links to approvals.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const KEY = "atk_ada";
const ENV = {
  AUTH_MODE: "api_key",
  API_KEYS: `ada:${createHash("sha256").update(KEY).digest("hex")}`,
  IDENTITY_SECRET: "x".repeat(32),
};
const REFUSED_PER_MINUTE = 60;
const ENGINE = { listRuns: () => ({}), fireWebhook: () => ({ runId: "r1" }) };

type Answer = readonly [status: number, reason: string | undefined, limit: string | undefined];

/** `forwarded`: one line of X-Forwarded-For each. `fetch` would join them. */
async function ask(gateway: TestGateway, forwarded: readonly string[] = [], path = "/v1/runs"): Promise<Answer> {
  const sent = request(`${gateway.url}${path}`, {
    headers: { "x-forwarded-for": [...forwarded], connection: "close" },
    method: path.startsWith("/v1/hooks/") ? "POST" : "GET",
  });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const body = await text(response);
  const { reason } = response.headers["content-type"]?.includes("json") ? JSON.parse(body) : {};
  return [response.statusCode ?? 0, reason, String(response.headers["ratelimit"] ?? "")];
}

async function exhaust(gateway: TestGateway, forwarded: readonly string[]): Promise<void> {
  for (let sent = 0; sent < REFUSED_PER_MINUTE; sent += 1)
    expect((await ask(gateway, forwarded))[0], String(sent)).toBe(401);
}

test("an address whose requests are refused gets 429 after 60 in a minute, and a good credential there does not notice", async () => {
  const clock = new FakeClock();
  await using gateway = await startTestGateway({ engine: ENGINE, env: ENV, clock });
  expect(await ask(gateway)).toEqual([401, "CREDENTIAL_MISSING", '"refused";r=59;t=1']);
  for (let sent = 1; sent < REFUSED_PER_MINUTE; sent += 1) await ask(gateway);

  expect(await ask(gateway)).toEqual([429, "RATE_LIMITED", '"refused";r=0;t=1']);
  const good = await fetch(`${gateway.url}/v1/runs`, { headers: { "x-api-key": KEY } });
  expect([good.status, good.headers.get("ratelimit")]).toEqual([200, '"requests";r=599;t=1']);
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);

  const bad = await fetch(`${gateway.url}/v1/runs`, { headers: { "x-api-key": "atk_guess" } });
  expect([bad.status, bad.headers.get("retry-after"), bad.headers.get("www-authenticate")]).toEqual([429, "1", null]);
  expect(await bad.json()).toMatchObject({
    detail: "more than 60 refused requests of one address a minute; try again in 1 s",
  });
  clock.advance(1_000);
  expect((await ask(gateway))[0]).toBe(401);
});

describe("whose address it is:", () => {
  test("without a proxy the connection's, whatever the request says", async () => {
    await using gateway = await startTestGateway({ env: ENV, clock: new FakeClock() });
    for (let sent = 0; sent < REFUSED_PER_MINUTE; sent += 1) await ask(gateway, [`198.51.100.${sent}`]);
    expect((await ask(gateway, ["203.0.113.9"]))[0]).toBe(429);
  });

  test("behind a proxy the one that it has appended, in the last of several lines, and not one before it", async () => {
    await using gateway = await startTestGateway({ env: { ...ENV, TRUSTED_HOPS: "1" }, clock: new FakeClock() });
    await exhaust(gateway, ["198.51.100.7"]);

    expect((await ask(gateway, ["203.0.113.9, 198.51.100.7"]))[0]).toBe(429);
    expect((await ask(gateway, ["203.0.113.9", "198.51.100.7"]))[0]).toBe(429);
    expect((await ask(gateway, ["198.51.100.7:4711"]))[0]).toBe(429);
    expect((await ask(gateway, ["198.51.100.7", "203.0.113.9"]))[0]).toBe(401);
    expect((await ask(gateway, ["198.51.100.7, 2001:db8::1"]))[0]).toBe(401);
  });

  test("entries that are no addresses have one limit together", async () => {
    await using gateway = await startTestGateway({ env: { ...ENV, TRUSTED_HOPS: "1" }, clock: new FakeClock() });
    for (let sent = 0; sent < REFUSED_PER_MINUTE; sent += 1) await ask(gateway, [`198.51.100.7, garbage-${sent}`]);
    expect((await ask(gateway, ["198.51.100.7, unknown"]))[0]).toBe(429);
    expect((await ask(gateway))[0]).toBe(429);
    expect((await ask(gateway, ["198.51.100.7"]))[0]).toBe(401);
  });

  test("an IPv6 client has one limit for its /64", async () => {
    await using gateway = await startTestGateway({ env: { ...ENV, TRUSTED_HOPS: "1" }, clock: new FakeClock() });
    for (let sent = 0; sent < REFUSED_PER_MINUTE; sent += 1) await ask(gateway, [`[2001:db8::${sent}]:443`]);
    expect((await ask(gateway, ["2001:db8:0:0:ffff::1"]))[0]).toBe(429);
    expect((await ask(gateway, ["2001:db8:0:1::1"]))[0]).toBe(401);
  });
});

test.for(["/v1/hooks/w/secret", "/v1/approvals/r/n/secret"])(
  "%s has the limit of a caller with a credential, by its address",
  async (path) => {
    const env = { ...ENV, TRUSTED_HOPS: "1", REQUESTS_PER_MINUTE: "2" };
    await using gateway = await startTestGateway({ engine: ENGINE, env, clock: new FakeClock() });
    const client = ["198.51.100.7"];
    expect((await ask(gateway, client, path))[2]).toBe('"links";r=1;t=30');
    expect((await ask(gateway, client, "/v1/hooks/other/secret"))[2]).toBe('"links";r=0;t=30');
    expect((await ask(gateway, client, path)).slice(0, 2)).toEqual([429, "RATE_LIMITED"]);
    expect((await ask(gateway, ["203.0.113.9"], path))[0]).not.toBe(429);
  },
);

test("the log line of a refused request has the address of its client, and of the headers nothing else", async () => {
  const fireWebhook = (): never => {
    throw new ConnectError("no such webhook", Code.NotFound);
  };
  const env = { ...ENV, TRUSTED_HOPS: "1", MESSAGES_PER_MINUTE: "1" };
  await using gateway = await startTestGateway({ engine: { ...ENGINE, fireWebhook }, env, clock: new FakeClock() });
  const client = ["192.0.2.1, 198.51.100.7"];
  const send = (path: string, method = "GET"): Promise<Response> =>
    fetch(`${gateway.url}${path}`, { method, headers: { "x-api-key": KEY, "x-forwarded-for": client.join() } });

  await exhaust(gateway, client);
  await ask(gateway, client);
  await ask(gateway, client, "/v1/hooks/w/guess");
  await send("/v1/discovery");
  await send("/v1/conversations/c/messages", "POST");
  await send("/v1/conversations/c/messages", "POST");
  await send("/v1/runs");
  await send("/v1/elsewhere");

  const lines = gateway.log.filter(({ msg }) => msg === "request");
  const refused = { client_address: "198.51.100.7" };
  const byAda = { subject: "ada" };
  expect(lines.slice(REFUSED_PER_MINUTE - 1)).toEqual([
    expect.objectContaining({ status: 401, ...refused }),
    expect.objectContaining({ status: 429, ...refused }),
    expect.objectContaining({ status: 404, path: "/v1/hooks/w/…", ...refused }),
    expect.objectContaining({ status: 403, ...byAda, ...refused }),
    expect.objectContaining({ status: 415, ...byAda }),
    expect.objectContaining({ status: 429, ...byAda, ...refused }),
    expect.objectContaining({ status: 200, ...byAda }),
    expect.objectContaining({ status: 404, ...byAda }),
  ]);
  expect(lines.filter((line) => "client_address" in line).map(({ status }) => status)).toEqual([
    ...Array(REFUSED_PER_MINUTE).fill(401),
    ...[429, 404, 403, 429],
  ]);
  expect(JSON.stringify(gateway.log)).not.toContain("192.0.2.1");
});

test("with AUTH_MODE=none no address is limited, and a page of another site leaves its address in the log", async () => {
  await using gateway = await startTestGateway({ engine: ENGINE, env: { REQUESTS_PER_MINUTE: "1" } });
  for (let sent = 0; sent < 3; sent += 1)
    expect(await ask(gateway, [], "/v1/hooks/w/secret")).toEqual([202, undefined, ""]);
  const foreign = { headers: { origin: "https://other.example" }, method: "POST" };
  expect((await fetch(`${gateway.url}/v1/workflows`, foreign)).status).toBe(403);
  expect(gateway.log.at(-1)).toMatchObject({ status: 403, client_address: "127.0.0.1" });
});

describe("with Redis", () => {
  test("two gateways count an address together, and each alone at a quarter while Redis is away", async ({ skip }) => {
    skip(whyNoRedisServer !== undefined, whyNoRedisServer);
    await using redis = await RedisServer.start();
    const env = { ...ENV, TRUSTED_HOPS: "1", REDIS_URL: redis.url };
    await using one = await startTestGateway({ env, clock: new FakeClock() });
    await using two = await startTestGateway({ env, clock: new FakeClock() });
    const isReady = (line: Readonly<Record<string, unknown>>): boolean =>
      /Redis at .* is ready/.test(String(line["msg"]));
    await Promise.all([one.logged(isReady), two.logged(isReady)]);
    const client = ["198.51.100.7"];

    const beganMs = systemClock.now();
    const asked = await Promise.all(Array.from({ length: 150 }, (_, at) => ask(at % 2 === 0 ? one : two, client)));
    const refused = asked.filter(([status]) => status === 401).length;
    expect(refused).toBeGreaterThanOrEqual(REFUSED_PER_MINUTE);
    // A token comes each second, of Redis's time.
    expect(refused).toBeLessThanOrEqual(REFUSED_PER_MINUTE + 1 + (systemClock.now() - beganMs) / 1_000);

    await redis.kill();
    await one.logged((line) => line["code"] === "ECONNRESET");
    const alone = [];
    for (let sent = 0; sent < 16; sent += 1) alone.push((await ask(one, client))[0]);
    expect(alone).toEqual([...Array(15).fill(401), 429]);
  });
});
