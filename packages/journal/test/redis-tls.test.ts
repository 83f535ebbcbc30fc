/** A Redis with TLS: certificates that are trusted or not, and peers of which only one expects TLS. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { CERTIFICATE as OTHER_CERTIFICATE, KEY as OTHER_KEY } from "../../grpc-client/test/support/certificate.ts";
import { bytes } from "../src/journal.contract.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { adminOf, redis, refusalOf, watched } from "./redis-journal.ts";

beforeEach(({ skip }) => skip(whyNoRedisServer !== undefined, whyNoRedisServer));

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
