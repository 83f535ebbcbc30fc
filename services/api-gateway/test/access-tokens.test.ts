// AUTH_MODE=jwt over real HTTP, with an issuer that has real keys: who comes in, who does not, and what each is told.

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type JWTPayload, SignJWT } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Algorithm, type Behaviour, Issuer } from "./issuer.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const identitySecret = "an-identity-secret-of-32-bytes-or-more";
const legacySecret = "a-legacy-secret-of-32-bytes-or-more-for-tests";

interface Answer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}

/** Asks for something that only callers get. */
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
    env: { AUTH_MODE: "jwt", SUPABASE_URL: issuer.url, IDENTITY_SECRET: identitySecret, ...env },
  });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    await issuer.close();
  });
  return { issuer, gateway };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

test.for(["ES256", "RS256", "EdDSA"] as const)(
  "a token that the project signed with %s is let in",
  async (alg: Algorithm) => {
    const { issuer, gateway } = await start();
    await issuer.addKey("mine", alg);

    expect(await ask(gateway, bearer(await issuer.token({ kid: "mine" })))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual(["/auth/v1/.well-known/jwks.json"]);
  },
);

test("health asks nobody, and what is not below /v1 is not there for anybody", async () => {
  const { gateway } = await start();

  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${gateway.url}/v1/elsewhere`)).status).toBe(401);
});

test("every route below /v1 asks who comes, whatever its method", async () => {
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

test("without a credential the answer asks for one, and says no more", async () => {
  const { gateway } = await start();

  expect(await ask(gateway, {})).toMatchObject({
    status: 401,
    reason: "CREDENTIAL_MISSING",
    challenge: 'Bearer realm="agent-team"',
  });
});

describe("a token that is refused says why", () => {
  const ago = (seconds: number): number => Math.floor(systemClock.wallNow() / 1_000) - seconds;

  const byClaims: readonly [string, Readonly<Record<string, unknown>>, string][] = [
    ["that has expired", { exp: ago(60) }, "TOKEN_EXPIRED"],
    ["without an end", { exp: undefined }, "CREDENTIAL_MALFORMED"],
    ["that is not valid yet", { nbf: ago(-60) }, "TOKEN_NOT_YET_VALID"],
    ["of another issuer", { iss: "https://other.supabase.co/auth/v1" }, "TOKEN_ISSUER"],
    ["of no issuer", { iss: undefined }, "TOKEN_ISSUER"],
    ["for another audience", { aud: "anon" }, "TOKEN_AUDIENCE"],
    ["for no audience", { aud: undefined }, "TOKEN_AUDIENCE"],
    ["of nobody", { sub: undefined }, "CREDENTIAL_MALFORMED"],
    ["of an empty subject", { sub: "" }, "CREDENTIAL_MALFORMED"],
    ["of a subject that is no Unicode", { sub: "\ud800" }, "CREDENTIAL_MALFORMED"],
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

  test("whose signature is another's", async () => {
    const { issuer, gateway } = await start();
    await issuer.addKey("other", "ES256");
    const [head, body] = (await issuer.token()).split(".");
    const [, , signature] = (await issuer.token({ kid: "other" })).split(".");

    expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
  });

  test("whose claims were changed after it was signed", async () => {
    const { issuer, gateway } = await start();
    const [head, , signature] = (await issuer.token()).split(".");
    const body = encode({ ...issuer.claims, sub: "bob", exp: ago(-3_600) });

    expect(await ask(gateway, bearer(`${head}.${body}.${signature}`))).toMatchObject({ reason: "TOKEN_SIGNATURE" });
  });

  test("that asks for no signature", async () => {
    const { issuer, gateway } = await start();
    for (const alg of ["none", "None", "NONE", ""]) {
      const token = `${encode({ alg, kid: "first" })}.${encode({ ...issuer.claims, exp: ago(-3_600) })}.`;
      expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401 });
    }
  });

  test("that takes the public key, which everybody has, for a secret", async () => {
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

  test("that brings its key along, or says where one is", async () => {
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

  test("whose key id is a path, an address or no text", async () => {
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

  test("whose header demands what nobody here understands", async () => {
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
])("garbage is refused as such: %j", async (authorization) => {
  const { gateway } = await start();
  const answer = await ask(gateway, { authorization });

  expect(answer.status).toBe(401);
  expect(answer.challenge).toContain('error="invalid_token"');
});

describe("a key that its issuer should not have published", () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const weakJwk = weak.publicKey.export({ format: "jwk" });

  test.for<[what: string, jwk: object]>([
    ["has a modulus of 1,024 bits", weakJwk],
    ["has no modulus", { kty: "RSA", e: "AQAB" }],
    ["has a modulus that is no base64url", { kty: "RSA", e: "AQAB", n: "@@@" }],
    ["may only encrypt", { ...weakJwk, use: "enc" }],
  ])("that %s is 401, with the reason in the log, and other keys go on", async ([, jwk]) => {
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

test("a header of 100 kB is refused before anybody looks into it, and the gateway serves on", async () => {
  const { issuer, gateway } = await start();

  expect((await fetch(`${gateway.url}/v1/node-types`, { headers: bearer("a".repeat(100_000)) })).status).toBe(431);
  expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 200 });
});

test("a token counts until its end by the gateway's clock, and a few seconds more", async () => {
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
  ] as const)("%j opens discovery: %i", async ([claims, status]) => {
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
  test("are fetched once for many requests at once", async () => {
    const { issuer, gateway } = await start();
    const token = await issuer.token();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, bearer(token))));

    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(issuer.fetches).toHaveLength(1);
  });

  test("that are not known are asked for once in 30 s at most, however many tokens name one", async () => {
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

  test("are followed when they change, and one that was withdrawn counts no more after ten minutes", async () => {
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
    "that cannot be had (the issuer %s) are 503 with Retry-After, and nobody is let in",
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
    "that do not come (the issuer %s) are waited for 3 s and no longer",
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

  test("are not asked for again in the second after a failure, and then they are", async () => {
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

  test("that are known go on for an hour while the issuer is away; of others nobody can say that they are wrong", async () => {
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
  const env = { SUPABASE_JWT_SECRET: legacySecret };
  const sign = (payload: JWTPayload, secret = legacySecret, alg = "HS256"): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg }).setExpirationTime("1h").sign(Buffer.from(secret));

  test("its tokens are let in, and no key is fetched", async () => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims)))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual([]);
  });

  test.for([
    ["another secret's", legacySecret.toUpperCase(), "HS256", "TOKEN_SIGNATURE"],
    ["HS512", legacySecret.repeat(2), "HS512", "TOKEN_ALGORITHM"],
  ] as const)("%s are refused", async ([, secret, alg, reason]) => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims, secret, alg)))).toMatchObject({ status: 401, reason });
  });

  test("those of its published keys are refused: the mode says the algorithm", async () => {
    const { issuer, gateway } = await start(env);

    expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 401, reason: "TOKEN_ALGORITHM" });
    expect(issuer.fetches).toEqual([]);
  });
});
