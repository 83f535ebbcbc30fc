// AUTH_MODE=jwt over real HTTP: tokens that are refused, each with its reason.

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { systemClock } from "@agent-team/foundation/clock";
import { describe, expect, test } from "vitest";
import { Issuer } from "./issuer.ts";
import { ask, bearer, startTokenGateway } from "./token-gateway.ts";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const ago = (seconds: number): number => Math.floor(systemClock.wallNow() / 1_000) - seconds;

const BY_CLAIMS: readonly [string, Readonly<Record<string, unknown>>, string][] = [
  ["that has expired", { exp: ago(60) }, "TOKEN_EXPIRED"],
  ["without an end", { exp: undefined }, "CREDENTIAL_MALFORMED"],
  ["that is not valid yet", { nbf: ago(-60) }, "TOKEN_NOT_YET_VALID"],
  ["of another issuer", { iss: "https://other.supabase.co/auth/v1" }, "TOKEN_ISSUER"],
  ["of no issuer", { iss: undefined }, "TOKEN_ISSUER"],
  ["for another audience", { aud: "anon" }, "TOKEN_AUDIENCE"],
  ["for no audience", { aud: undefined }, "TOKEN_AUDIENCE"],
  ["without a subject", { sub: undefined }, "CREDENTIAL_MALFORMED"],
  ["of an empty subject", { sub: "" }, "CREDENTIAL_MALFORMED"],
  ["of a subject that is not Unicode", { sub: "\ud800" }, "CREDENTIAL_MALFORMED"],
  ["of a subject that is too long", { sub: "x".repeat(257) }, "CREDENTIAL_MALFORMED"],
  ["of a subject that is a number", { sub: 7 }, "CREDENTIAL_MALFORMED"],
];

test.for(BY_CLAIMS)("a token %s is refused with the reason", async ([, claims, reason]) => {
  const { issuer, gateway } = await startTokenGateway();
  const answer = await ask(gateway, bearer(await issuer.token({ claims })));

  expect(answer).toMatchObject({ status: 401, reason });
  expect(answer.challenge).toBe(
    `Bearer realm="agent-team", error="invalid_token", error_description="${answer.detail}"`,
  );
});

test("a token with the signature of another key is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  await issuer.addKey("other", "ES256");
  const [head, body] = (await issuer.token()).split(".");
  const [, , signature] = (await issuer.token({ kid: "other" })).split(".");

  expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
});

test("a token with claims that were changed after signing is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  const [head, , signature] = (await issuer.token()).split(".");
  const body = encode({ ...issuer.claims, sub: "bob", exp: ago(-3_600) });

  expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
});

test("a token with alg none is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  for (const alg of ["none", "None", "NONE", ""]) {
    const token = `${encode({ alg, kid: "first" })}.${encode({ ...issuer.claims, exp: ago(-3_600) })}.`;
    expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401 });
  }
});

test("a token signed with the public key as an HS256 secret is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  const head = encode({ alg: "HS256", kid: "first" });
  const signed = `${head}.${encode({ ...issuer.claims, exp: ago(-3_600) })}`;
  const { x = "", y = "" } = issuer.publicKey();
  const secrets = [JSON.stringify(issuer.publicKey()), x, x + y, Buffer.from(x, "base64url")];
  for (const secret of secrets) {
    const mac = createHmac("sha256", secret).update(signed).digest("base64url");
    expect(await ask(gateway, bearer(`${signed}.${mac}`))).toMatchObject({ status: 401, reason: "TOKEN_ALGORITHM" });
  }
  expect(issuer.fetches).toEqual([]);
});

test("a token with a key or a key's URL in its header is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  await using thief = await Issuer.start();
  const claims = { iss: `${issuer.url}/auth/v1` };
  const headers = [
    { jwk: thief.publicKey() },
    { jku: `${thief.url}/auth/v1/.well-known/jwks.json` },
    { x5u: `${thief.url}/` },
    { jku: `${thief.url}/`, jwk: thief.publicKey(), kid: "another" },
  ];
  for (const header of headers) {
    const answer = await ask(gateway, bearer(await thief.token({ claims, header })));
    expect([answer.status, ["TOKEN_SIGNATURE", "TOKEN_KEY_UNKNOWN"].includes(answer.reason ?? "")]).toEqual([
      401,
      true,
    ]);
  }
  expect(thief.fetches).toEqual([]);
});

test("a token with a path, a URL or a number as key id is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  const kids = [
    "../../../../dev/null",
    "/etc/passwd",
    "http://127.0.0.1:9/",
    "first\0",
    "__proto__",
    "'; drop",
    7,
    null,
  ];
  for (const kid of kids) {
    const answer = await ask(gateway, bearer(await issuer.token({ header: { kid } })));
    expect([kid, answer.status, answer.retryAfter]).toEqual([kid, 401, null]);
  }
  expect(new Set(issuer.fetches)).toEqual(new Set(["/auth/v1/.well-known/jwks.json"]));
});

test("a token with a critical header that is not supported is refused", async () => {
  const { issuer, gateway } = await startTokenGateway();
  const [, body, signature] = (await issuer.token()).split(".");
  const head = encode({ alg: "ES256", kid: "first", crit: ["b64"], b64: false });

  expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ status: 401 });
});

test.for([
  "Bearer",
  "Bearer ",
  "Bearer a b",
  "Basic YTpi",
  "bearer",
  "Token x",
  "Bearer ä",
  `Bearer ${"a".repeat(8_000)}`,
  "Bearer a.b.c",
  "Bearer a.b",
  "Bearer ..",
  "Bearer eyJhbGciOiJFUzI1NiJ9..",
  "Bearer e30.e30.e30",
  "Bearer bnVsbA.bnVsbA.bnVsbA",
])("garbage is refused: %j", async (authorization) => {
  const { gateway } = await startTokenGateway();
  const answer = await ask(gateway, { authorization });

  expect(answer.status).toBe(401);
  expect(answer.challenge).toContain('error="invalid_token"');
});

describe("an unusable key of the issuer", () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const weakJwk = weak.publicKey.export({ format: "jwk" });

  test.for<[what: string, jwk: object]>([
    ["has a modulus of 1,024 bits", weakJwk],
    ["has no modulus", { kty: "RSA", e: "AQAB" }],
    ["has a modulus that is no base64url", { kty: "RSA", e: "AQAB", n: "@@@" }],
    ["may only encrypt", { ...weakJwk, use: "enc" }],
  ])("that %s is 401, with the reason in the log, and other keys still work", async ([, jwk]) => {
    const { issuer, gateway } = await startTokenGateway();
    issuer.publish({ use: "sig", ...jwk, kid: "strange", alg: "RS256" });
    const now = Math.floor(systemClock.wallNow() / 1_000);
    const content = `${encode({ alg: "RS256", kid: "strange" })}.${encode({ ...issuer.claims, exp: now + 60 })}`;
    const signature = createSign("sha256").update(content).sign(weak.privateKey, "base64url");

    const answer = await ask(gateway, bearer(`${content}.${signature}`));
    expect(answer.status).toBe(401);
    expect(answer.reason).toMatch(/^TOKEN_KEY_UN(USABLE|KNOWN)$/);
    if (answer.reason === "TOKEN_KEY_UNUSABLE")
      expect(gateway.log).toContainEqual(expect.objectContaining({ level: "warn", err: expect.anything() }));
    expect((await ask(gateway, bearer(await issuer.token()))).status).toBe(200);
    expect(gateway.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});
