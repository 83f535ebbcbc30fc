// The suite of the interface with a real Redis. The tests share it, each with its own database or an empty one.

import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { Journal } from "../src/index.ts";
import { bytes, describeJournal, expectCode } from "../src/journal.contract.ts";
import { describeRefusals } from "../src/refusals.contract.ts";
import { watched } from "./redis-journal.ts";

let server: RedisServer;
let admin: Redis;

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));
beforeAll(async () => {
  if (whyNoRedisServer !== undefined) return;
  server = await RedisServer.start();
  admin = new Redis(server.port, "127.0.0.1");
});
afterAll(async () => {
  admin?.disconnect();
  await server?.[Symbol.asyncDispose]();
});

async function open(): Promise<Journal> {
  await admin.flushall();
  return watched(server.url).journal;
}

describeJournal("redis", open);
describeRefusals("redis", async () => {
  const journal = await open();
  const used = Number(/^used_memory:(\d+)/m.exec(await admin.info("memory"))?.[1]);
  await admin.config("SET", "maxmemory", used + 4 * 1024 * 1024);
  onTestFinished(async () => void (await admin.config("SET", "maxmemory", 0)));
  return journal;
});

test("a deleted document leaves nothing behind but the counter of positions", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"), { indexes: ["i", "j"] });
  await journal.put("a", bytes("b"), { indexes: ["k"] });
  expect((await admin.keys("*")).sort()).toEqual([
    "at:{documents}:document:a",
    "at:{documents}:index:k",
    "at:{documents}:sequence",
    "at:{documents}:size:k",
  ]);

  await journal.delete("a");

  expect(await admin.keys("*")).toEqual(["at:{documents}:sequence"]);
});

test("a log and a due time leave nothing behind", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"));
  await journal.append("a", [bytes("1")], { expectedVersion: 1 });
  await journal.schedule("q", ["a"], 1000);
  expect((await admin.keys("*")).sort()).toEqual([
    "at:{documents}:document:a",
    "at:{documents}:due:q",
    "at:{documents}:log:a",
    "at:{documents}:sequence",
  ]);

  await journal.unschedule("q", ["a"]);
  await journal.delete("a");

  expect(await admin.keys("*")).toEqual(["at:{documents}:sequence"]);
});

test("documents of the version before quotas are counted from their first write on, and not subtracted before", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  const quota = { index: "of ada", maxDocuments: 2, maxBytes: 100 };
  const put = (key: string): Promise<number> => journal.put(key, bytes("12345"), { indexes: ["of ada"], quota });
  for (const key of ["old-1", "old-2"]) await putWithoutCount(key, "12345", "of ada");
  await put("a");
  await put("b");

  expect(await journal.delete("old-1")).toBe(true);
  await expectCode(put("c"), "over-quota");

  expect(await put("old-2")).toBe(2);
  expect(await admin.hgetall("at:{documents}:size:of ada")).toEqual({ documents: "3", bytes: "15" });
  await journal.delete("old-2");
  await expectCode(put("c"), "over-quota");
  await journal.delete("a");
  expect(await put("c")).toBe(1);
});

test("documents have no time to live", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"), { indexes: ["i"] });

  const keys = await admin.keys("*");
  expect(await Promise.all(keys.map((key) => admin.ttl(key)))).toEqual(keys.map(() => -1));
});

test("an index of a thousand documents is read page by page", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  const keys = Array.from({ length: 1000 }, (_, at) => `key-${at}`);
  for (const key of keys) await journal.put(key, bytes(key), { indexes: ["i"] });

  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await journal.list("i", { limit: 300, after });
    found.push(...page.documents.map(({ key }) => key));
    after = page.next;
  } while (after !== undefined);

  expect(found).toEqual(keys.toReversed());
});

test("keys and names may have any characters, also those of our own keys", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  const names = ["", "{}", "at:{documents}:sequence", "a\0b\r\n", "ключ 🔑", "\\"];

  for (const name of names) await journal.put(name, bytes(name), { indexes: [name] });

  for (const name of names) {
    const { documents } = await journal.list(name, { limit: 10 });
    expect(documents).toEqual([{ key: name, version: 1, value: bytes(name) }]);
  }
});

test("a script that Redis does not know any more is sent again", async () => {
  await admin.flushall();
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"));
  await admin.script("FLUSH");

  expect(await journal.put("a", bytes("b"))).toBe(2);
});

test("documents of another database are not visible", async () => {
  await admin.flushall();
  const { journal } = watched(`${server.url}/0`);
  const { journal: other } = watched(`${server.url}/9`);

  await journal.put("a", bytes("a"));

  expect(await other.get("a")).toBeUndefined();
  expect(await other.put("a", bytes("a"), { expectedVersion: 0 })).toBe(1);
});

test("of two journals that expect the same version at once, exactly one wins, each time", async () => {
  await admin.flushall();
  const journals = [watched(server.url).journal, watched(server.url).journal];

  for (let version = 0; version < 50; version++) {
    const puts = journals.map((journal) => journal.put("a", bytes("a"), { expectedVersion: version }));
    const results = await Promise.allSettled(puts);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  }
});

/** Writes a document as the version before quotas did. */
async function putWithoutCount(key: string, value: string, index: string): Promise<void> {
  const lua = `
    local sequence = redis.call('INCR', KEYS[2])
    redis.call('ZADD', KEYS[3], sequence, KEYS[1])
    redis.call('HSET', KEYS[1], 'sequence', sequence, 'indexes', cmsgpack.pack({KEYS[3]}))
    redis.call('HSET', KEYS[1], 'version', 1, 'value', ARGV[1])`;
  const [document, sequence] = [`at:{documents}:document:${key}`, "at:{documents}:sequence"];
  await admin.eval(lua, 3, document, sequence, `at:{documents}:index:${index}`, value);
}
