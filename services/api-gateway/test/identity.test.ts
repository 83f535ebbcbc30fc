// The identity of the caller, as the services behind the gateway receive it.

import { ErrorInfoSchema } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { createIdentitySigner, IDENTITY_HEADER } from "@agent-team/grpc-server";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { jwtVerify } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { callerKey } from "../src/caller.ts";
import { createEngineClient } from "../src/clients/engine-client.ts";
import { readGatewayConfig } from "../src/config.ts";
import { Issuer } from "./issuer.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "./test-gateway.ts";

const SECRET = "an-identity-secret-of-32-bytes-or-more";

type Seen = { readonly service: string; readonly token: string | null; readonly timeoutMs: number | undefined };

/** A gateway, and the identity of each call that its services receive. */
async function start(env: Readonly<Record<string, string>>): Promise<{ gateway: TestGateway; seen: Seen[] }> {
  const seen: Seen[] = [];
  const note = (service: string, { requestHeader, timeoutMs }: HandlerContext): void => {
    seen.push({ service, token: requestHeader.get(IDENTITY_HEADER), timeoutMs: timeoutMs() });
  };
  const options: TestGatewayOptions = {
    env,
    engine: {
      listNodeTypes: (_, context) => (note("engine", context), {}),
      createWorkflow: (_, context) => (note("engine", context), { workflow: { id: "w1", version: 1 } }),
    },
    agent: {
      getConversation: (_, context) => (note("agent", context), { draft: { name: "draft" } }),
      async *processConversation(_, context) {
        note("agent", context);
        yield { event: { case: "turnCompleted", value: {} } } as const;
      },
    },
  };
  const gateway = await startTestGateway(options);
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, seen };
}

async function startWithTokens(): Promise<{ gateway: TestGateway; seen: Seen[]; issuer: Issuer }> {
  const issuer = await Issuer.start();
  onTestFinished(() => issuer.close());
  return { issuer, ...(await start({ AUTH_MODE: "jwt", SUPABASE_URL: issuer.url, IDENTITY_SECRET: SECRET })) };
}

function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

test("each call has its caller's identity, a standard JWT that expires 30 s after the deadline", async () => {
  const { gateway, seen, issuer } = await startWithTokens();
  const headers = {
    authorization: `Bearer ${await issuer.token({ claims: { app_metadata: { scopes: ["admin"] } } })}`,
  };

  await (await post(`${gateway.url}/v1/conversations/c1/messages`, { message: "hi" }, headers)).text();
  await fetch(`${gateway.url}/v1/node-types`, { headers });

  expect(seen.map(({ service }) => service)).toEqual(["agent", "engine"]);
  for (const { service, token, timeoutMs = 0 } of seen) {
    const [issuedBy, audience] = ["api-gateway", `workflow-${service}`];
    const options = { issuer: issuedBy, audience };
    const { payload, protectedHeader } = await jwtVerify(token ?? "", Buffer.from(SECRET), options);
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
    const { iat, exp } = payload;
    expect(payload).toEqual({ iss: issuedBy, sub: "ada", aud: audience, scp: ["admin"], iat, exp });
    const lifeSeconds = (payload.exp ?? 0) - (payload.iat ?? 0);
    expect(Math.abs(lifeSeconds - (Math.round(timeoutMs / 1_000) + 30))).toBeLessThanOrEqual(2);
  }
});

test("a request that needs two calls signs an identity for each", async () => {
  const { gateway, seen, issuer } = await startWithTokens();
  const headers = { authorization: `Bearer ${await issuer.token()}` };

  const response = await post(`${gateway.url}/v1/workflows`, { conversation_id: "c1" }, headers);

  expect(response.status).toBe(201);
  expect(seen.map(({ service }) => service)).toEqual(["agent", "engine"]);
  expect(seen.every(({ token }) => token !== null)).toBe(true);
});

test("an identity that a caller sends is not forwarded", async () => {
  const { gateway, seen, issuer } = await startWithTokens();
  const headers = { authorization: `Bearer ${await issuer.token()}`, [IDENTITY_HEADER]: "forged" };

  expect((await fetch(`${gateway.url}/v1/node-types`, { headers })).status).toBe(200);
  expect((await fetch(`${gateway.url}/v1/node-types`, { headers: { [IDENTITY_HEADER]: "forged" } })).status).toBe(401);
  expect(seen.map(({ token }) => token === "forged")).toEqual([false]);
});

test("the caller's credential is not forwarded", async () => {
  await using issuer = await Issuer.start();
  const token = await issuer.token();
  const headers: Headers[] = [];
  await using gateway = await startTestGateway({
    env: { AUTH_MODE: "jwt", SUPABASE_URL: issuer.url, IDENTITY_SECRET: SECRET },
    engine: { listNodeTypes: (_, { requestHeader }) => (headers.push(requestHeader), {}) },
  });

  await fetch(`${gateway.url}/v1/node-types`, { headers: { authorization: `Bearer ${token}` } });

  expect(headers).toHaveLength(1);
  expect(headers.flatMap((each) => [...each.values()]).join("\n")).not.toContain(token);
});

test("with AUTH_MODE=none calls have no identity, or that of local when there is a secret", async () => {
  const bare = await start({});
  const signed = await start({ IDENTITY_SECRET: SECRET });
  await fetch(`${bare.gateway.url}/v1/node-types`);
  await fetch(`${signed.gateway.url}/v1/node-types`);

  expect(bare.seen.map(({ token }) => token)).toEqual([null]);
  const { payload } = await jwtVerify(signed.seen[0]?.token ?? "", Buffer.from(SECRET));
  expect(payload).toMatchObject({ sub: "local", scp: ["admin"] });
});

test("the first of two secrets signs", async () => {
  const { gateway, seen } = await start({ IDENTITY_SECRET: `${SECRET},${SECRET.toUpperCase()}` });
  await fetch(`${gateway.url}/v1/node-types`);

  await expect(jwtVerify(seen[0]?.token ?? "", Buffer.from(SECRET))).resolves.toMatchObject({
    payload: { sub: "local" },
  });
});

test("a call without a caller is not made", async () => {
  const { IDENTITY_SECRET: secrets } = readGatewayConfig({ IDENTITY_SECRET: SECRET });
  const calls: unknown[] = [];
  const transport = { unary: async (...call: unknown[]) => calls.push(call), stream: async () => calls.push("stream") };
  const engine = createEngineClient({
    backend: { transport, snapshot: () => expect.fail(), close: async () => {} } as never,
    identity: createIdentitySigner(secrets ?? expect.fail(), new FakeClock()),
  });

  await expect(engine.listNodeTypes({})).rejects.toMatchObject({ code: Code.Internal });
  expect(calls).toEqual([]);
  expect(callerKey.defaultValue).toBeUndefined();
});

test("a service that refuses the identity is 500, because the caller cannot correct it", async () => {
  const refuse = (): never => {
    const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "IDENTITY_FORGED", metadata: {} } };
    throw new ConnectError("signed with another IDENTITY_SECRET", Code.Unauthenticated, undefined, [info]);
  };
  const gateway = await startTestGateway({ engine: { listNodeTypes: refuse } });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  const response = await fetch(`${gateway.url}/v1/node-types`);

  expect([response.status, response.headers.get("www-authenticate")]).toEqual([500, null]);
  expect(await response.json()).toMatchObject({ code: "INTERNAL", reason: "IDENTITY_FORGED" });
  expect(gateway.log.filter(({ level }) => level === "warn")).toMatchObject([{ status: 500 }]);
});
