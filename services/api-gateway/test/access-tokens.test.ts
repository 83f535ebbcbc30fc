// AUTH_MODE=jwt over real HTTP, with an issuer that has real keys: the tokens that are accepted, and the routes that need one.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type JWTPayload, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { Algorithm } from "./issuer.ts";
import { ask, bearer, startTokenGateway } from "./token-gateway.ts";

const LEGACY_SECRET = "a-legacy-secret-of-32-bytes-or-more-for-tests";

test.for(["ES256", "RS256", "EdDSA"] as const)(
  "a token that the project signed with %s is accepted",
  async (alg: Algorithm) => {
    const { issuer, gateway } = await startTokenGateway();
    await issuer.addKey("mine", alg);

    expect(await ask(gateway, bearer(await issuer.token({ kid: "mine" })))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual(["/auth/v1/.well-known/jwks.json"]);
  },
);

test("/health needs no credential, and an unknown path outside /v1 is 404", async () => {
  const { gateway } = await startTokenGateway();

  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${gateway.url}/v1/elsewhere`)).status).toBe(401);
});

test("every route below /v1 needs a credential, with any method", async () => {
  const { gateway } = await startTokenGateway();
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
  const { gateway } = await startTokenGateway();

  expect(await ask(gateway, {})).toMatchObject({
    status: 401,
    reason: "CREDENTIAL_MISSING",
    challenge: 'Bearer realm="agent-team"',
  });
});

test("a header of 100 kB is refused before it is read, and the gateway keeps serving", async () => {
  const { issuer, gateway } = await startTokenGateway();

  expect((await fetch(`${gateway.url}/v1/node-types`, { headers: bearer("a".repeat(100_000)) })).status).toBe(431);
  expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 200 });
});

test("a token is accepted until its exp by the gateway's clock, and 5 s longer", async () => {
  const clock = new FakeClock();
  const { issuer, gateway } = await startTokenGateway({}, clock);
  const exp = Math.floor(clock.wallNow() / 1_000) + 60;
  const token = await issuer.token({ claims: { exp } });

  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
  clock.advance(64_000);
  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
  clock.advance(2_000);
  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401, reason: "TOKEN_EXPIRED" });
});

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
  const { issuer, gateway } = await startTokenGateway();
  const answer = await ask(gateway, bearer(await issuer.token({ claims })), "/v1/discovery");

  expect(answer.status).toBe(status);
  if (status === 403) {
    expect(answer).toMatchObject({
      reason: "SCOPE_MISSING",
      challenge: 'Bearer realm="agent-team", error="insufficient_scope", scope="admin"',
    });
  }
});

describe("with the project's legacy secret", () => {
  const env = { SUPABASE_JWT_SECRET: LEGACY_SECRET };
  const sign = (payload: JWTPayload, secret = LEGACY_SECRET, alg = "HS256"): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg }).setExpirationTime("1h").sign(Buffer.from(secret));

  test("its tokens are accepted, and no key is fetched", async () => {
    const { issuer, gateway } = await startTokenGateway(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims)))).toMatchObject({ status: 200 });
    expect(issuer.fetches).toEqual([]);
  });

  test.for([
    ["another secret's", LEGACY_SECRET.toUpperCase(), "HS256", "TOKEN_SIGNATURE"],
    ["HS512", LEGACY_SECRET.repeat(2), "HS512", "TOKEN_ALGORITHM"],
  ] as const)("%s are refused", async ([, secret, alg, reason]) => {
    const { issuer, gateway } = await startTokenGateway(env);

    expect(await ask(gateway, bearer(await sign(issuer.claims, secret, alg)))).toMatchObject({ status: 401, reason });
  });

  test("tokens signed with published keys are refused", async () => {
    const { issuer, gateway } = await startTokenGateway(env);

    expect(await ask(gateway, bearer(await issuer.token()))).toMatchObject({ status: 401, reason: "TOKEN_ALGORITHM" });
    expect(issuer.fetches).toEqual([]);
  });
});
