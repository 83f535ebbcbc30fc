/**
 * A Redis that is away, returns or hangs. In all of these cases a request ends within its deadline and names the cause, a
 * write is never sent twice, and the journal becomes ready again by itself.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { blockEventLoop } from "@agent-team/test-support/block-event-loop";
import { freePort } from "@agent-team/test-support/free-port";
import { whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { MAX_VALUE_BYTES, type RedisEvent, readRedisUrl } from "../src/index.ts";
import { bytes, expectCode } from "../src/journal.contract.ts";
import { RedisJournal } from "../src/redis/client.ts";
import { closingPeer, forgetfulProxy, silentPeer } from "./hostile-peers.ts";
import { codesOf, redis, refusalOf, untilAway, untilReady, watched } from "./redis-journal.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

test("no listener: a request fails with its deadline, later ones at once, and both name the address", async () => {
  const port = await freePort();
  const watch = watched(`redis://127.0.0.1:${port}`);
  const expected = `[unavailable] Redis at 127.0.0.1:${port} is away, nothing was sent: ECONNREFUSED: nothing listens`;

  expect(await refusalOf(watch)).toContain(expected);
  await expect(watch.journal.put("a", bytes("a"))).rejects.toThrow(expected);

  expect(watch.journal.isReady).toBe(false);
  expect(codesOf(watch.events)).toEqual(["ECONNREFUSED"]);
});

test("a Redis that starts later answers the waiting requests, and the journal becomes ready", async () => {
  const port = await freePort();
  const { journal, events } = watched(`redis://127.0.0.1:${port}`);
  const put = journal.put("a", bytes("a"));
  await vi.waitUntil(() => events.length === 1);

  await redis({ port });

  expect(await put).toBe(1);
  expect(journal.isReady).toBe(true);
  expect(events.at(-1)?.message).toMatch(/^Redis at 127\.0\.0\.1:\d+ is ready, version [789]\./);
});

test("a fault is reported once while connecting fails, and again after Redis was ready", async () => {
  const server = await redis();
  const { journal, events } = watched(server.url);
  await untilReady(journal);
  const away = ["ECONNRESET", "ECONNREFUSED"];

  await server.kill();
  await vi.waitUntil(() => events.length === 3);
  await server.start();
  await untilReady(journal);
  await server.kill();
  await vi.waitUntil(() => events.length === 6);

  expect(codesOf(events)).toEqual(["ready", ...away, "ready", ...away]);
});

test("a peer that accepts and closes is tried again, and reported once", async () => {
  const peer = await closingPeer();
  const { events } = watched(peer.url);

  await vi.waitUntil(() => peer.accepted >= 4);

  expect(codesOf(events)).toEqual(["ECONNRESET"]);
});

test("killed and started again with its data: acknowledged writes are there", async () => {
  const server = await redis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"), { indexes: ["i"] });

  await server.kill();
  await untilAway(journal);
  await server.start();

  expect(await journal.put("a", bytes("b"), { expectedVersion: 1 })).toBe(2);
  expect((await journal.list("i", { limit: 1 })).documents.map(({ key }) => key)).toEqual(["a"]);
});

test("killed and started again without its data: documents are gone, and a write that expects one is a conflict", async () => {
  const server = await redis();
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"), { indexes: ["i"] });

  await server.kill();
  await untilAway(journal);
  await server.start();

  await expectCode(journal.put("a", bytes("b"), { expectedVersion: 1 }), "version-conflict");
  expect(await journal.get("a")).toBeUndefined();
  expect(await journal.put("a", bytes("c"), { expectedVersion: 0, indexes: ["i"] })).toBe(1);
});

test("the error of a put whose answer was lost says that it may have happened; it is not sent again", async () => {
  const server = await redis();
  const proxy = await forgetfulProxy(server.port);
  const { journal } = watched(proxy.url);
  await untilReady(journal);

  proxy.loseNextAnswer();
  await expect(journal.put("a", bytes("a"))).rejects.toThrow(/^\[unavailable\] .*may or may not have happened/);

  expect(await journal.get("a")).toEqual({ version: 1, value: bytes("a") });
  await expectCode(journal.put("a", bytes("a"), { expectedVersion: 0 }), "version-conflict");
});

test("a request to a stopped Redis fails with its deadline, and the Redis is used again when it continues", async () => {
  const server = await redis();
  const { journal, events, pass } = watched(server.url);
  await untilReady(journal);
  const message = /no answer within 60000 ms/;

  server.pause();
  const put = journal.put("a", bytes("a"), { expectedVersion: 0 });
  pass("requests");
  await expect(put).rejects.toThrow(message);
  expect(journal.isReady).toBe(false);
  const get = journal.get("a"); // connects meanwhile, without an answer
  pass("requests");
  await expect(get).rejects.toThrow(message);
  server.resume();
  await untilReady(journal);

  // It executed the request that it received while it was stopped, once.
  await vi.waitUntil(async () => (await journal.get("a"))?.version === 1);
  expect(codesOf(events)).toEqual(["ready", "SILENT", "ready"]);
});

test("an answer that waited in the socket of a blocked process is no silence of Redis", async () => {
  const server = await redis();
  const events: RedisEvent[] = [];
  const times = { requestTimeoutMs: 200, connectTimeoutMs: 60_000, clock: systemClock, random: systemRandom };
  const onEvent = (event: RedisEvent): void => void events.push(event);
  const journal = new RedisJournal({ target: readRedisUrl(server.url), onEvent, ...times });
  onTestFinished(() => journal.close());
  await untilReady(journal);

  const put = journal.put("a", bytes("a"));
  await new Promise(setImmediate); // it is sent
  blockEventLoop(1_000);

  expect(await put).toBe(1);
  expect(codesOf(events)).toEqual(["ready"]);
});

test("a peer that accepts and stays silent is not ready, and the connection is tried anew", async () => {
  const peer = await silentPeer();
  const { journal, events, pass } = watched(peer.url);
  await vi.waitUntil(() => peer.accepted === 1);

  pass("connecting");
  await vi.waitUntil(() => peer.accepted === 2);

  expect(journal.isReady).toBe(false);
  expect(codesOf(events)).toEqual(["SILENT"]);
});

test("10,000 requests wait at most, and further ones are refused at once", async () => {
  const server = await redis();
  const { journal } = watched(server.url);
  await untilReady(journal);
  server.pause();

  const held = Array.from({ length: 10_000 }, () => journal.get("a"));
  await expect(journal.get("a")).rejects.toThrow("10000 requests with 0 bytes are not answered yet");
  server.resume();

  expect(await Promise.all(held)).toHaveLength(10_000);
  expect(await journal.get("a")).toBeUndefined();
});

test("values of 64 MiB wait at most, and further ones are refused at once", async () => {
  const { journal } = watched(`redis://127.0.0.1:${await freePort()}`);
  const value = new Uint8Array(MAX_VALUE_BYTES);

  const held = Promise.allSettled(Array.from({ length: 8 }, () => journal.put("a", value)));
  await expect(journal.put("a", bytes("one more"))).rejects.toThrow("8 requests with 67108864 bytes");
  await journal.close();

  for (const put of await held) expect(put).toMatchObject({ status: "rejected", reason: { code: "closed" } });
});
