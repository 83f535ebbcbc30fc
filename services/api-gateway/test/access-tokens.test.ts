// AUTH_MODE=jwt over real HTTP, with an issuer that has real keys: which tokens are accepted, and the error for each other.

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type JWTPayload, SignJWT } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Algorithm, type Behaviour, Issuer } from "./issuer.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const IDENTITY_SECRET = "an-identity-secret-of-32-bytes-or-more";
const LEGACY_SECRET = "a-legacy-secret-of-32-bytes-or-more-for-tests";

interface Answer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}

/** Requests a route that needs a caller. */
async function ask(
  gateway: TestGateway,
  headers: Readonly<Record<string, string>>,
  path = "/v1/node-types",
): Promise<Answer> {
  const response = await fetch(`${gateway.url}${path}`, { headers });
  const { reason, detail } = (await response.json()) as { reason?: string; detail?: string };
  return {
    status: response.status,
    reason,
    detail,
    challenge: response.headers.get("www-authenticate"),
    retryAfter: response.headers.get("retry-after"),
  };
}

const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });

async function start(
  env: Readonly<Record<string, string>> = {},
  clock = systemClock,
): Promise<{ readonly issuer: Issuer; readonly gateway: TestGateway }> {
  const issuer = await Issuer.start();
  const gateway = await startTestGateway({
    clock,
    engine: { listNodeTypes: () => ({ catalogueVersion: "1" }) },
    env: { AUTH_MODE: "jwt", SUPABASE_URL: issuer.url, IDENTITY_SECRET, ...env },
  });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    await issuer.close();
  });
  return { issuer, gateway };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

test.for(["ES256", "RS256", "EdDSA"] as const)(
  "a token that the project signed with %s is accepted",
  async (alg: Algorithm) => {
    const { issuer, gateway } = await start();
    await issuer.addKey("mine", alg);

    expect(await ask(gateway, bearer(await issuer.token({ kid: "mine" })))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual(["/auth/v1/.well-known/jwks.json"]);
  },
);

test("/health needs no credential, and an unknown path outside /v1 is 404", async () => {
  const { gateway } = await start();

  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${gateway.url}/v1/elsewhere`)).status).toBe(401);
});

test("every route below /v1 needs a credential, with any method", async () => {
  const { gateway } = await start();
  const routes = [
    ["POST", "/v1/conversations/c1/messages"],
    ["GET", "/v1/conversations/c1"],
    ["GET", "/v1/workflows"],
    ["POST", "/v1/workflows"],
    ["POST", "/v1/workflows/validate"],
    ["GET", "/v1/workflows/w1"],
    ["POST", "/v1/workflows/w1/runs"],
    ["GET", "/v1/runs"],
    ["GET", "/v1/runs/r1"],
    ["GET", "/v1/node-types"],
    ["GET", "/v1/discovery"],
  ] as const;
  for (const [method, path] of routes) {
    const response = await fetch(`${gateway.url}${path}`, { method });
    expect([path, response.status]).toEqual([path, 401]);
  }
});

test("without a credential the challenge has no error code", async () => {
  const { gateway } = await start();

  expect(await ask(gateway, {})).toMatchObject({
    status: 401,
    reason: "CREDENTIAL_MISSING",
    challenge: 'Bearer realm="agent-team"',
  });
});

describe("a token is refused with the reason", () => {
  const ago = (seconds: number): number => Math.floor(systemClock.wallNow() / 1_000) - seconds;

  const byClaims: readonly [string, Readonly<Record<string, unknown>>, string][] = [
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

  test.for(byClaims)("%s", async ([, claims, reason]) => {
    const { issuer, gateway } = await start();
    const answer = await ask(gateway, bearer(await issuer.token({ claims })));

    expect(answer).toMatchObject({ status: 401, reason });
    expect(answer.challenge).toBe(
      `Bearer realm="agent-team", error="invalid_token", error_description="${answer.detail}"`,
    );
  });

  test("with the signature of another key", async () => {
    const { issuer, gateway } = await start();
    await issuer.addKey("other", "ES256");
    const [head, body] = (await issuer.token()).split(".");
    const [, , signature] = (await issuer.token({ kid: "other" })).split(".");

    expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
  });

  test("with claims that were changed after signing", async () => {
    const { issuer, gateway } = await start();
    const [head, , signature] = (await issuer.token()).split(".");
    const body = encode({ ...issuer.claims, sub: "bob", exp: ago(-3_600) });

    expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
  });

  test("with alg none", async () => {
    const { issuer, gateway } = await start();
    for (const alg of ["none", "None", "NONE", ""]) {
      const token = `${encode({ alg, kid: "first" })}.${encode({ ...issuer.claims, exp: ago(-3_600) })}.`;
      expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401 });
    }
  });

  test("signed with the public key as an HS256 secret", async () => {
    const { issuer, gateway } = await start();
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

  test("with a key or a key's URL in its header", async () => {
    const { issuer, gateway } = await start();
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

  test("with a path, a URL or a number as key id", async () => {
    const { issuer, gateway } = await start();
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

  test("with a critical header that is not supported", async () => {
    const { issuer, gateway } = await start();
    const [, body, signature] = (await issuer.token()).split(".");
    const head = encode({ alg: "ES256", kid: "first", crit: ["b64"], b64: false });

    expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ status: 401 });
  });
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
  const { gateway } = await start();
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
    const { issuer, gateway } = await start();
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

test("a header of 100 kB is refused before it is read, and the gateway keeps serving", async () => {
  const { issuer, gateway } = await start();

  expect((await fetch(`${gateway.url}/v1/node-types`, { headers: bearer("a".repeat(100_000)) })).status).toBe(431);
  expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 200 });
});

test("a token is accepted until its exp by the gateway's clock, and 5 s longer", async () => {
  const clock = new FakeClock();
  const { issuer, gateway } = await start({}, clock);
  const exp = Math.floor(clock.wallNow() / 1_000) + 60;
  const token = await issuer.token({ claims: { exp } });

  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
  clock.advance(64_000);
  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
  clock.advance(2_000);
  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401, reason: "TOKEN_EXPIRED" });
});

describe("scopes", () => {
  test.for([
    [{ app_metadata: { scopes: ["admin"] } }, 200],
    [{ app_metadata: { scopes: ["other", "admin"] } }, 200],
    [{}, 403],
    [{ app_metadata: { scopes: ["other"] } }, 403],
    [{ app_metadata: { scopes: "admin" } }, 403],
    [{ app_metadata: { scopes: { admin: true } } }, 403],
    [{ app_metadata: ["admin"] }, 403],
    [{ app_metadata: null }, 403],
    [{ user_metadata: { scopes: ["admin"] } }, 403],
    [{ scopes: ["admin"], scope: "admin", scp: ["admin"], role: "admin" }, 403],
  ] as const)("%j on /v1/discovery: %i", async ([claims, status]) => {
    const { issuer, gateway } = await start();
    const answer = await ask(gateway, bearer(await issuer.token({ claims })), "/v1/discovery");

    expect(answer.status).toBe(status);
    if (status === 403) {
      expect(answer).toMatchObject({
        reason: "SCOPE_MISSING",
        challenge: 'Bearer realm="agent-team", error="insufficient_scope", scope="admin"',
      });
    }
  });
});

describe("the issuer's keys", () => {
  test("are fetched once for 20 requests at once", async () => {
    const { issuer, gateway } = await start();
    const token = await issuer.token();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, bearer(token))));

    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(issuer.fetches).toHaveLength(1);
  });

  test("are fetched for unknown key ids at most once in 30 s", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { issuer, gateway } = await start();
    const good = await issuer.token();
    await ask(gateway, bearer(good));
    const strangers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => issuer.token({ header: { kid: `stranger-${index}` } })),
    );
    const askAll = async (): Promise<void> => {
      for (const token of strangers) {
        expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401, reason: "TOKEN_KEY_UNKNOWN" });
      }
    };

    await askAll();
    expect(issuer.fetches).toHaveLength(1);
    vi.setSystemTime(systemClock.wallNow() + 31_000);
    await askAll();
    expect(issuer.fetches).toHaveLength(2);
    expect(await ask(gateway, bearer(good))).toMatchObject({ status: 200 });
  });

  test("are fetched again when they change, and a withdrawn one is refused then", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { issuer, gateway } = await start();
    const old = await issuer.token();
    expect(await ask(gateway, bearer(old))).toMatchObject({ status: 200 });
    await issuer.addKey("second", "ES256");
    issuer.removeKey("first");
    const fresh = await issuer.token({ kid: "second" });

    vi.setSystemTime(systemClock.wallNow() + 31_000);
    expect(await ask(gateway, bearer(fresh))).toMatchObject({ status: 200 });
    expect(await ask(gateway, bearer(old))).toMatchObject({ status: 401, reason: "TOKEN_KEY_UNKNOWN" });
  });

  test.for(["fails", "garbage", "no set", "endless", "redirects"] as const)(
    "are 503 with Retry-After when the issuer %s, and no token is accepted",
    async (behaviour: Behaviour) => {
      const { issuer, gateway } = await start();
      issuer.behaviour = behaviour;
      const token = await issuer.token();

      expect(await ask(gateway, bearer(token))).toMatchObject({
        status: 503,
        reason: "TOKEN_KEYS_UNAVAILABLE",
        retryAfter: "1",
        challenge: null,
      });
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    },
  );

  test.for(["hangs", "drips"] as const)(
    "are awaited for 3 s at most when the issuer %s",
    async (behaviour: Behaviour) => {
      const { issuer, gateway } = await start();
      issuer.behaviour = behaviour;
      const token = await issuer.token();
      const startedMs = systemClock.now();
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask(gateway, bearer(token))));

      expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(503));
      expect(systemClock.now() - startedMs).toBeLessThan(4_500);
      expect(issuer.fetches).toHaveLength(1);
    },
  );

  test("are fetched again one second after a failure, and not before", async () => {
    const clock = new FakeClock();
    const { issuer, gateway } = await start({}, clock);
    const token = await issuer.token({ claims: { exp: Math.floor(clock.wallNow() / 1_000) + 60 } });
    issuer.behaviour = "fails";
    for (const _ of Array(10).keys()) expect(await ask(gateway, bearer(token))).toMatchObject({ status: 503 });
    expect(issuer.fetches).toHaveLength(1);

    issuer.behaviour = "answers";
    clock.advance(1_001);
    expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
    expect(
      gateway.log.filter(({ msg }) => String(msg).startsWith("the keys of access tokens")).map(({ level }) => level),
    ).toEqual(["warn", "info"]);
  });

  test("are used for an hour while the issuer is away; a token with another key is 503, not 401", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const clock = new FakeClock();
    const { issuer, gateway } = await start({}, clock);
    await issuer.addKey("later", "ES256");
    const exp = Math.floor(clock.wallNow() / 1_000) + 86_400;
    const [known, later] = [
      await issuer.token({ claims: { exp } }),
      await issuer.token({ kid: "later", claims: { exp } }),
    ];
    issuer.removeKey("later");
    expect(await ask(gateway, bearer(known))).toMatchObject({ status: 200 });
    const pass = (ms: number): void => {
      vi.setSystemTime(systemClock.wallNow() + ms);
      clock.advance(ms);
    };

    await issuer.close();
    pass(11 * 60_000);
    expect(await ask(gateway, bearer(known))).toMatchObject({ status: 200 });
    expect(await ask(gateway, bearer(later))).toMatchObject({ status: 503, reason: "TOKEN_KEYS_UNAVAILABLE" });
    pass(50 * 60_000);
    expect(await ask(gateway, bearer(known))).toMatchObject({ status: 503, retryAfter: "1" });
  });
});

describe("with the project's legacy secret", () => {
  const env = { SUPABASE_JWT_SECRET: LEGACY_SECRET };
  const sign = (payload: JWTPayload, secret = LEGACY_SECRET, alg = "HS256"): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg }).setExpirationTime("1h").sign(Buffer.from(secret));

  test("its tokens are accepted, and no key is fetched", async () => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims)))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual([]);
  });

  test.for([
    ["another secret's", LEGACY_SECRET.toUpperCase(), "HS256", "TOKEN_SIGNATURE"],
    ["HS512", LEGACY_SECRET.repeat(2), "HS512", "TOKEN_ALGORITHM"],
  ] as const)("%s are refused", async ([, secret, alg, reason]) => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims, secret, alg)))).toMatchObject({ status: 401, reason });
  });

  test("tokens signed with published keys are refused", async () => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 401, reason: "TOKEN_ALGORITHM" });
    expect(issuer.fetches).toEqual([]);
  });
});
