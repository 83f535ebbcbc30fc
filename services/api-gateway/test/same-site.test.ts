// With AUTH_MODE=none requests need no credential, so the gateway refuses those of foreign web pages.

import { once } from "node:events";
import { request } from "node:http";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `fetch` sets Host and Origin itself, so this is a plain request. */
async function ask(gateway: TestGateway, { method = "POST", headers = {} }: Asked): Promise<string> {
  const path = method === "POST" ? "/v1/workflows/w/runs" : "/v1/runs";
  const call = request({ port: gateway.port, host: "127.0.0.1", path, method, headers, agent: false }).end();
  const [response] = await once(call, "response");
  const body = JSON.parse(String(Buffer.concat(await response.toArray())));
  return response.statusCode < 300 ? "served" : String(body.reason);
}

const ENGINE = { startRun: () => ({ run: { id: "r" } }), listRuns: () => ({}) };

test.for<[what: string, asked: Asked, outcome: string]>([
  ["a plain request", {}, "served"],
  ["localhost", { headers: { host: "LOCALHOST:8000" } }, "served"],
  ["another loopback address", { headers: { host: "127.10.10.5:8000" } }, "served"],
  ["IPv6 loopback", { headers: { host: "[::1]:8000" } }, "served"],
  ["a configured name", { headers: { host: "gateway.internal" } }, "served"],
  ["a name that resolves to loopback", { headers: { host: "evil.example" } }, "HOST_NOT_ALLOWED"],
  ["a name that begins like loopback", { headers: { host: "127.0.0.1.evil.example" } }, "HOST_NOT_ALLOWED"],
  ["such a name, for a read", { method: "GET", headers: { host: "evil.example" } }, "HOST_NOT_ALLOWED"],
  ["a foreign page", { headers: { origin: "https://evil.example" } }, "ORIGIN_NOT_ALLOWED"],
  ["a page with the origin null", { headers: { origin: "null" } }, "ORIGIN_NOT_ALLOWED"],
  ["a read by a foreign page", { method: "GET", headers: { origin: "https://evil.example" } }, "served"],
  ["a page of this machine", { headers: { origin: "http://localhost:5173" } }, "served"],
  ["a page of a configured name", { headers: { origin: "https://gateway.internal" } }, "served"],
])("%s: %j is %s", async ([, asked, outcome]) => {
  await using gateway = await startTestGateway({ engine: ENGINE, env: { ALLOWED_HOSTS: "Gateway.internal" } });
  expect(await ask(gateway, asked)).toBe(outcome);
});

test("/health is served under any host name, for a load balancer", async () => {
  await using gateway = await startTestGateway();
  const call = request({ port: gateway.port, host: "127.0.0.1", path: "/health", headers: { host: "10.0.0.1" } }).end();
  const [response] = await once(call, "response");
  response.resume();
  expect(response.statusCode).toBe(200);
});

test("with credentials Host and Origin do not matter", async () => {
  const env = { AUTH_MODE: "api_key", API_KEYS: `ci:${"0".repeat(64)}`, IDENTITY_SECRET: "x".repeat(32) };
  await using gateway = await startTestGateway({ engine: ENGINE, env });
  const headers = { host: "api.example", origin: "https://app.example" };
  expect(await ask(gateway, { headers })).toBe("CREDENTIAL_MISSING");
});
