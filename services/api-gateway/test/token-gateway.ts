/** A gateway with AUTH_MODE=jwt and the issuer of its access tokens, and the responses to credentials. */

import { systemClock } from "@agent-team/foundation/clock";
import { onTestFinished } from "vitest";
import { Issuer } from "./issuer.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const IDENTITY_SECRET = "an-identity-secret-of-32-bytes-or-more";

export interface Outcome {
  readonly status: number;
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}

export interface TokenGateway {
  readonly issuer: Issuer;
  readonly gateway: TestGateway;
}

/** Both end with the test. */
export async function startTokenGateway(
  env: Readonly<Record<string, string>> = {},
  clock = systemClock,
): Promise<TokenGateway> {
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

/** Requests a route that needs a caller. */
export async function ask(
  gateway: TestGateway,
  headers: Readonly<Record<string, string>>,
  path = "/v1/node-types",
): Promise<Outcome> {
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

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}
