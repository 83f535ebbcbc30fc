/** A Redis that refuses requests, and peers that are not a Redis of the expected version. */

import { once } from "node:events";
import { connect } from "node:net";
import { inspect } from "node:util";
import { freePort } from "@agent-team/test-support/free-port";
import { whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { Redis } from "ioredis";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { bytes, expectCode } from "../src/journal.contract.ts";
import { answeringPeer, redis6 } from "./hostile-peers.ts";
import { adminOf, codesOf, redis, refusalOf, untilAway, untilReady, watched } from "./redis-journal.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

test("the error for a wrong password does not show it, and the journal becomes ready when the password is right", async () => {
  const server = await redis({ args: ["--requirepass", "other"] });
  const watch = watched(`redis://:hunter2@127.0.0.1:${server.port}`);
  const { journal, events } = watch;
  const admin = new Redis(server.port, "127.0.0.1", { password: "other" });
  onTestFinished(() => admin.disconnect());

  expect(await refusalOf(watch)).toBe(
    `[unavailable] Redis at 127.0.0.1:${server.port} is away, nothing was sent: WRONGPASS: user or password is wrong; correct REDIS_URL`,
  );
  expect(journal.isReady).toBe(false);
  const error: unknown = await journal.get("a").catch((thrown: unknown) => thrown);
  expect(inspect([error, events], { depth: Infinity, showHidden: true })).not.toContain("hunter2");

  await admin.config("SET", "requirepass", "hunter2");
  await untilReady(journal);
  expect(codesOf(events)).toEqual(["WRONGPASS", "ready"]);
});

const refusals: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ["no password", ["--requirepass", "x"], "redis://127.0.0.1:", /NOAUTH: it asks for a password/],
  ["a password that Redis does not ask for", [], "redis://:x@127.0.0.1:", /it asks for no password/],
  ["a cluster", ["--cluster-enabled", "yes"], "redis://127.0.0.1:", /CLUSTERDOWN: .*cluster mode off is expected/],
  ["too few replicas", ["--min-replicas-to-write", "1"], "redis://127.0.0.1:", /NOREPLICAS: it has too few replicas/],
];

test.for(refusals)("%s: not ready, and the error says why", async ([, args, url, message]) => {
  const server = await redis({ args });
  const watch = watched(url + server.port);

  expect(await refusalOf(watch)).toMatch(message);
  expect(watch.journal.isReady).toBe(false);
});

test("a database that does not exist: not ready, and the error says why", async () => {
  const server = await redis();

  expect(await refusalOf(watched(`${server.url}/99`))).toMatch(/no such database; correct the number at the end/);
});

test("a Redis that becomes a replica is not ready from the first write on, and is used again when it is a primary", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const { journal, events } = watched(server.url);
  await journal.put("a", bytes("a"));

  await admin.replicaof("127.0.0.1", await freePort());
  await expect(journal.put("a", bytes("b"))).rejects.toThrow(/READONLY: it is a replica/);
  expect(journal.isReady).toBe(false);
  await admin.replicaof("NO", "ONE");
  await untilReady(journal);

  expect(await journal.put("a", bytes("c"))).toBe(2);
  expect(codesOf(events)).toEqual(["ready", "READONLY", "ready"]);
});

test("an idle journal notices a fault by its heartbeat", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const { journal, events, pass } = watched(server.url);
  await untilReady(journal);

  await admin.replicaof("127.0.0.1", await freePort());
  pass("heartbeat");
  await untilAway(journal);

  expect(codesOf(events)).toEqual(["ready", "READONLY"]);
});

test("requests wait for a Redis that loads its data", async () => {
  const server = await redis({ args: ["--rdbcompression", "no"] });
  const { journal, events } = watched(server.url);
  for (let key = 0; key < 20; key++) await journal.put(`key-${key}`, new Uint8Array(4096));
  await adminOf(server).save();

  await server.kill();
  await untilAway(journal);
  // 100 ms for each key, two seconds together; Redis answers clients every 1,024 bytes.
  const slow = ["--key-load-delay", "100000", "--loading-process-events-interval-bytes", "1024"];
  await server.start(/Server initialized/, slow);
  await untilReady(journal);

  expect(codesOf(events)).toContain("LOADING");
  expect((await journal.get("key-19"))?.version).toBe(1);
});

test("full memory refuses only puts, and deletes make room", async () => {
  const server = await redis({ args: ["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"] });
  const { journal, events } = watched(server.url);
  const half = new Uint8Array(512 * 1024);
  let stored = 0;
  await expectCode(
    (async () => {
      for (; stored < 100; stored++) await journal.put(`key-${stored}`, half, { indexes: ["i"] });
    })(),
    "full",
  );

  expect(stored).toBeGreaterThan(0);
  expect(await journal.get(`key-${stored}`)).toBeUndefined();
  expect((await journal.list("i", { limit: 1 })).documents[0]?.key).toBe(`key-${stored - 1}`);
  await expectCode(journal.append("key-0", [half], { expectedVersion: 1 }), "full");
  expect(await journal.append("key-0", [bytes("end")], { expectedVersion: 1, mayOverfill: true })).toBe(2);
  await journal.schedule("q", ["a"], 0);
  expect(await journal.claimDue("q", { limit: 1, leaseMs: 1000 })).toEqual(["a"]);
  expect(journal.isReady).toBe(true);
  for (let key = 0; key < stored; key++) expect(await journal.delete(`key-${key}`)).toBe(true);
  // Redis frees large values beside its other work.
  await vi.waitUntil(() => journal.put("a", half).catch(() => undefined));
  expect(codesOf(events)).toEqual(["ready", "OOM"]);
});

test("a new document leaves 15 % of the memory to those that exist; without INFO only full memory refuses it", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const { journal } = watched(server.url);
  await journal.put("a", bytes("a"), { expectedVersion: 0 });
  const used = Number(/^used_memory:(\d+)/m.exec(await admin.info("memory"))?.[1]);

  await admin.config("SET", "maxmemory", Math.round(used / 0.9));
  await expect(journal.put("b", bytes("b"), { expectedVersion: 0 })).rejects.toThrow(
    /^\[full\] no room for b: the store uses more than 85 % of its memory and takes no new documents; raise its memory/,
  );
  await expectCode(journal.put("a", bytes("?"), { expectedVersion: 0 }), "version-conflict");
  await journal.append("a", [bytes("1")], { expectedVersion: 1 });
  expect(await journal.put("a", bytes("changed"), { expectedVersion: 2 })).toBe(3);
  await admin.acl("SETUSER", "default", "-info");
  expect(await journal.put("b", bytes("b"), { expectedVersion: 0 })).toBe(1);
  await admin.acl("SETUSER", "default", "+info");
  await admin.config("SET", "maxmemory", used * 2);
  expect(await journal.put("c", bytes("c"), { expectedVersion: 0 })).toBe(1);
});

test("a store whose INFO has no memory takes new documents", async () => {
  const withoutInfo = ["--rename-command", "INFO", "", "--rename-command", "ECHO", "INFO"];
  const server = await redis({ args: [...withoutInfo, "--maxmemory", "100mb"] });

  expect(await watched(server.url).journal.put("a", bytes("a"), { expectedVersion: 0 })).toBe(1);
});

test("what waits for a slow replica takes no room of new documents, as it takes none of Redis's own limit", async () => {
  const server = await redis({ args: ["--repl-backlog-size", "16kb"] });
  const admin = adminOf(server);
  const { journal } = watched(server.url);
  const replica = connect(server.port, "127.0.0.1").on("error", () => {});
  onTestFinished(() => void replica.destroy());
  await once(replica, "connect");
  replica.pause().write("SYNC\r\n");
  await vi.waitUntil(async () => /^connected_slaves:1\r$/m.test(await admin.info("replication")));
  for (let at = 0; at < 12; at++) await journal.put("a", new Uint8Array(1024 * 1024));

  const memory = await admin.info("memory");
  const used = Number(/^used_memory:(\d+)/m.exec(memory)?.[1]);
  expect(Number(/^mem_not_counted_for_evict:(\d+)/m.exec(memory)?.[1])).toBeGreaterThan(used / 2);
  await admin.config("SET", "maxmemory", used);
  expect(await journal.put("b", bytes("b"), { expectedVersion: 0 })).toBe(1);
});

test("a Redis that would evict documents is used and reported", async () => {
  const server = await redis({ args: ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"] });
  const { journal, events } = watched(server.url);
  await untilReady(journal);

  expect(codesOf(events)).toEqual(["ready", "EVICTION"]);
});

test("the user of decision 0014 may do all that a journal does; with fewer permissions the error names NOPERM", async () => {
  const server = await redis();
  const admin = adminOf(server);
  const before = "+hello +select +info +eval +evalsha +hmget +hget +hset +hstrlen +incr +zadd +zrem +zrange +unlink";
  const may = `${before} +rpush +lrange +time`;
  await admin.call("ACL", "SETUSER", "journal", "on", ">secret", "~at:{documents}:*", ...may.split(" "));
  const { journal, events } = watched(`redis://journal:secret@127.0.0.1:${server.port}`);

  await journal.put("a", bytes("a"), { indexes: ["i"] });
  expect(await journal.get("a")).toBeDefined();
  expect((await journal.list("i", { limit: 1 })).documents).toHaveLength(1);
  await journal.append("a", [bytes("1")], { expectedVersion: 1, value: bytes("b") });
  expect((await journal.read("a"))?.records).toHaveLength(1);
  await journal.schedule("q", ["a", "b"], 0);
  await journal.unschedule("q", ["b"]);
  expect(await journal.claimDue("q", { limit: 1, leaseMs: 1 })).toEqual(["a"]);
  await journal.put("a", bytes("anew"));
  expect(await journal.delete("a")).toBe(true);
  await admin.call("ACL", "SETUSER", "journal", "-rpush", "-lrange", "-time");
  await journal.put("a", bytes("a"), { indexes: ["i"] });
  await expect(journal.append("a", [bytes("1")], { expectedVersion: 1 })).rejects.toThrow(/its user may not do this/);
  await journal.delete("a");
  await admin.call("ACL", "SETUSER", "journal", "-hmget");
  await expect(journal.get("a")).rejects.toThrow(/NOPERM: its user may not do this/);
  expect(journal.isReady).toBe(true);
  expect(codesOf(events)).toEqual(["ready", "ERR", "NOPERM"]);
});

test("a value of another program under one of our keys fails that request and no other", async () => {
  const server = await redis();
  const { journal } = watched(server.url);
  await adminOf(server).set("at:{documents}:document:a", "a text");

  await expect(journal.get("a")).rejects.toThrow(/^\[unavailable\] .* refused: WRONGTYPE/);
  expect(await journal.put("b", bytes("b"))).toBe(1);
});

test("Redis 6 is too old, and the error names the expected version", async () => {
  const watch = watched((await redis6()).url);

  expect(await refusalOf(watch)).toMatch(/it is version 6\.2\.14; Redis 7 or later is expected/);
});

test("the error for a peer that does not speak Redis's protocol says so", async () => {
  const watch = watched((await answeringPeer("HTTP/1.1 400 Bad Request\r\n\r\n")).url);

  expect(await refusalOf(watch)).toMatch(/does not speak Redis's protocol/);
});
