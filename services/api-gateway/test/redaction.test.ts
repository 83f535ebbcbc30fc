// Credentials and identities never reach the log.

import { createHash } from "node:crypto";
import { IDENTITY_HEADER } from "@agent-team/grpc-server";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { Issuer } from "./issuer.ts";
import { startTestGateway } from "./test-gateway.ts";

const KEY = "atk_the-secret-key-of-a-caller";
const SECRET = "an-identity-secret-of-32-bytes-or-more";

test("no log line at any level holds a token, a KEY, its hash, a SECRET or an identity", async () => {
  await using issuer = await Issuer.start();
  const hash = createHash("sha256").update(KEY).digest("hex");
  const identities: string[] = [];
  const fail = (_: unknown, { requestHeader }: { readonly requestHeader: Headers }): never => {
    identities.push(requestHeader.get(IDENTITY_HEADER) ?? "");
    throw new Error("a defect");
  };
  await using gateway = await startTestGateway({
    env: {
      AUTH_MODE: "jwt,api_key",
      SUPABASE_URL: issuer.url,
      API_KEYS: `ops:${hash}:admin`,
      IDENTITY_SECRET: SECRET,
      LOG_LEVEL: "trace",
    },
    engine: {
      listNodeTypes: fail,
      listRuns(_, { requestHeader }) {
        identities.push(requestHeader.get(IDENTITY_HEADER) ?? "");
        throw new ConnectError("away", Code.Unavailable);
      },
    },
  });
  const good = await issuer.token();
  const bad = [
    await issuer.token({ claims: { iss: "x" } }),
    await issuer.token({ lifeSeconds: -60 }),
    await issuer.token({ header: { kid: "stranger" } }),
    `${good}x`,
    "opaque-token-of-another-issuer",
  ];
  const credentials = [good, ...bad, KEY, `${KEY}x`];
  for (const credential of credentials) {
    for (const path of ["node-types", "runs", "discovery", "elsewhere", `workflows/${credential.slice(0, 20)}`]) {
      await fetch(`${gateway.url}/v1/${path}?apikey=${credential}`, {
        headers: { authorization: `Bearer ${credential}` },
      });
      await fetch(`${gateway.url}/v1/${path}`, { headers: { "x-api-key": credential } });
    }
  }
  issuer.behaviour = "fails";
  await fetch(`${gateway.url}/v1/runs`, { headers: { authorization: `Bearer ${bad[2]}` } });

  const written = gateway.log.map((line) => JSON.stringify(line)).join("\n");
  expect(gateway.log.length).toBeGreaterThan(credentials.length * 10);
  expect(identities.length).toBeGreaterThan(2);
  for (const text of [...credentials, ...identities, hash, SECRET]) {
    expect(text.length).toBeGreaterThan(10);
    expect(written).not.toContain(text);
    for (const part of text.split(".").filter((each) => each.length > 40)) expect(written).not.toContain(part);
  }
  expect(written).toContain('"subject":"ada"');
});
