// AUTH_MODE=api_key, and both modes together, over real HTTP.

import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { Issuer } from "./issuer.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
const [ci, ops] = ["atk_key-of-ci", "atk_key-of-ops"];
const ENV = {
  API_KEYS: `ci:${hashOf(ci)},ops:${hashOf(ops)}:admin`,
  IDENTITY_SECRET: "an-identity-secret-of-32-bytes-or-more",
};

async function start(env: Readonly<Record<string, string>>): Promise<TestGateway> {
  const gateway = await startTestGateway({
    engine: { listNodeTypes: () => ({ catalogueVersion: "1" }) },
    env: { ...ENV, ...env },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

async function statusOf(
  gateway: TestGateway,
  headers: Readonly<Record<string, string>>,
  path = "/v1/node-types",
): Promise<[number, unknown]> {
  const response = await fetch(`${gateway.url}${path}`, { headers });
  const { reason } = (await response.json()) as { reason?: string };
  return [response.status, reason];
}

test("a key is accepted in either header, and an unknown key is not", async () => {
  const gateway = await start({ AUTH_MODE: "api_key" });

  expect(await statusOf(gateway, { authorization: `Bearer ${ci}` })).toEqual([200, undefined]);
  expect(await statusOf(gateway, { "x-api-key": ci })).toEqual([200, undefined]);
  expect(await statusOf(gateway, { "x-api-key": `${ci}x` })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await statusOf(gateway, { "x-api-key": hashOf(ci) })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await statusOf(gateway, { "x-api-key": "" })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await statusOf(gateway, {})).toEqual([401, "CREDENTIAL_MISSING"]);
});

test("only a key with the scope admin reads /v1/discovery", async () => {
  const gateway = await start({ AUTH_MODE: "api_key" });

  expect(await statusOf(gateway, { "x-api-key": ops }, "/v1/discovery")).toEqual([200, undefined]);
  expect(await statusOf(gateway, { "x-api-key": ci }, "/v1/discovery")).toEqual([403, "SCOPE_MISSING"]);
});

test("with both modes each credential is checked as its own kind, and never as the other", async () => {
  await using issuer = await Issuer.start();
  const gateway = await start({ AUTH_MODE: "jwt,api_key", SUPABASE_URL: issuer.url });
  const token = await issuer.token();

  expect(await statusOf(gateway, { authorization: `Bearer ${token}` })).toEqual([200, undefined]);
  expect(await statusOf(gateway, { authorization: `Bearer ${ci}` })).toEqual([200, undefined]);
  expect(await statusOf(gateway, { "x-api-key": token })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await statusOf(gateway, { authorization: `Bearer atk_${token}` })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await statusOf(gateway, { authorization: `Bearer ${token}`, "x-api-key": ci })).toEqual([
    401,
    "CREDENTIAL_MALFORMED",
  ]);
});

test("keys are accepted while the issuer of access tokens is away", async () => {
  await using issuer = await Issuer.start();
  issuer.behaviour = "fails";
  const gateway = await start({ AUTH_MODE: "jwt,api_key", SUPABASE_URL: issuer.url });

  expect((await statusOf(gateway, { authorization: `Bearer ${await issuer.token()}` }))[0]).toBe(503);
  expect((await statusOf(gateway, { authorization: `Bearer ${ci}` }))[0]).toBe(200);
});
