/**
 * A Redis that is away, returns, hangs, refuses or is the wrong one. In all of these cases a request ends within its
 * deadline and names the cause, a write is never sent twice, and the journal becomes ready again by itself.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { freePort } from "@agent-team/test-support/free-port";
import { RedisServer, type RedisServerOptions, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { Redis } from "ioredis";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { CERTIFICATE as OTHER_CERTIFICATE, KEY as OTHER_KEY } from "../../grpc-client/test/support/certificate.ts";
import { type Journal, MAX_VALUE_BYTES } from "../src/index.ts";
import { bytes, expectCode } from "../src/journal.contract.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { answeringPeer, closingPeer, forgetfulProxy, redis6, silentPeer } from "./hostile-peers.ts";
import { codesOf, type WatchedJournal, watched } from "./redis-journal.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

async function redis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A client for the actions of an operator. */
function adminOf({ port }: RedisServer): Redis {
  const admin = new Redis(port, "127.0.0.1");
  admin.on("error", () => {}); // tests kill its server
  onTestFinished(() => admin.disconnect());
  return admin;
}

/** The error of a request whose deadline passes after the journal has reported a fault. */
async function refusalOf({ journal, events, pass }: WatchedJournal): Promise<string> {
  const get = journal.get("a").then(
    () => "no error",
    (error: Error) => error.message,
  );
  await vi.waitUntil(() => events.length > 0, { timeout: 10_000 });
  pass("requests");
  return get;
}

function untilReady(journal: Journal): Promise<boolean> {
  return vi.waitUntil(() => journal.isReady, { timeout: 10_000 });
}

function untilAway(journal: Journal): Promise<boolean> {
  return vi.waitUntil(() => !journal.isReady, { timeout: 10_000 });
}

describe("away", () => {
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

    await vi.waitUntil(() => peer.accepted >= 4, { timeout: 10_000 });

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
});

describe("without an answer", () => {
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
});

describe("refused", () => {
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
    expect(journal.isReady).toBe(true);
    for (let key = 0; key < stored; key++) expect(await journal.delete(`key-${key}`)).toBe(true);
    // Redis frees large values beside its other work.
    await vi.waitUntil(() => journal.put("a", half).catch(() => undefined));
    expect(codesOf(events)).toEqual(["ready", "OOM"]);
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
    const may = "+hello +select +info +eval +evalsha +hmget +hget +hset +hstrlen +incr +zadd +zrem +zrange +unlink";
    await admin.call("ACL", "SETUSER", "journal", "on", ">secret", "~at:{documents}:*", ...may.split(" "));
    const { journal, events } = watched(`redis://journal:secret@127.0.0.1:${server.port}`);

    await journal.put("a", bytes("a"), { indexes: ["i"] });
    expect(await journal.get("a")).toBeDefined();
    expect((await journal.list("i", { limit: 1 })).documents).toHaveLength(1);
    expect(await journal.delete("a")).toBe(true);
    await admin.call("ACL", "SETUSER", "journal", "-hmget");
    await expect(journal.get("a")).rejects.toThrow(/NOPERM: its user may not do this/);
    expect(journal.isReady).toBe(true);
    expect(codesOf(events)).toEqual(["ready", "NOPERM"]);
  });

  test("a value of another program under one of our keys fails that request and no other", async () => {
    const server = await redis();
    const { journal } = watched(server.url);
    await adminOf(server).set("at:{documents}:document:a", "a text");

    await expect(journal.get("a")).rejects.toThrow(/^\[unavailable\] .* refused: WRONGTYPE/);
    expect(await journal.put("b", bytes("b"))).toBe(1);
  });
});

describe("the wrong one", () => {
  test("Redis 6 is too old, and the error names the expected version", async () => {
    const watch = watched((await redis6()).url);

    expect(await refusalOf(watch)).toMatch(/it is version 6\.2\.14; Redis 7 or later is expected/);
  });

  test("the error for a peer that does not speak Redis's protocol says so", async () => {
    const watch = watched((await answeringPeer("HTTP/1.1 400 Bad Request\r\n\r\n")).url);

    expect(await refusalOf(watch)).toMatch(/does not speak Redis's protocol/);
  });
});

describe("TLS", () => {
  async function secured(certificate: string = CERTIFICATE, key: string = KEY): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), "redis-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [certificateFile, keyFile] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
    writeFileSync(certificateFile, certificate);
    writeFileSync(keyFile, key);
    return redis({ tls: { certificateFile, keyFile }, args: ["--requirepass", "secret"] });
  }

  test.for(["127.0.0.1", "localhost"])("an encrypted Redis at %s is used", async (host) => {
    const { port } = await secured();
    const { journal } = watched(`rediss://:secret@${host}:${port}/1`, { ca: CERTIFICATE });

    expect(await journal.put("a", bytes("a"), { indexes: ["i"] })).toBe(1);
    expect((await journal.list("i", { limit: 1 })).documents).toHaveLength(1);
  });

  test("a certificate without a trusted authority is refused, and the error says how to trust it", async () => {
    const { port } = await secured();
    const watch = watched(`rediss://:secret@127.0.0.1:${port}`);

    expect(await refusalOf(watch)).toMatch(/SELF_SIGNED_CERT: no trusted authority.*NODE_EXTRA_CA_CERTS/);
  });

  test("a certificate for another name is refused", async () => {
    const { port } = await secured(OTHER_CERTIFICATE, OTHER_KEY);
    const watch = watched(`rediss://:secret@127.0.0.1:${port}`, { ca: OTHER_CERTIFICATE });

    expect(await refusalOf(watch)).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for another name/);
  });

  test("a plain connection to an encrypted Redis fails, and the error names rediss://", async () => {
    const { port } = await secured();

    expect(await refusalOf(watched(`redis://:secret@127.0.0.1:${port}`))).toMatch(/rediss:\/\//);
  });

  test("an encrypted connection to a plain Redis gets no answer, and the error names redis://", async () => {
    const server = await redis();
    const watch = watched(`rediss://127.0.0.1:${server.port}`);
    const admin = adminOf(server);
    await vi.waitUntil(async () => /connected_clients:2/.test(await admin.info("clients")));

    watch.pass("connecting");
    expect(await refusalOf(watch)).toMatch(/no answer.*redis:\/\//);
  });
});
