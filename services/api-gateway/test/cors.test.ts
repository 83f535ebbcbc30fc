// Web pages of other origins: those of CORS_ORIGINS read responses, others do not.

import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const APP = "https://app.example.com";
const ENGINE = { listRuns: () => ({}), startRun: () => ({ run: { id: "r" } }) };

function start(
  env: Readonly<Record<string, string>> = { CORS_ORIGINS: `${APP}, http://localhost:5173` },
): Promise<TestGateway> {
  return startTestGateway({ engine: ENGINE, env });
}

function preflight(gateway: TestGateway, origin: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/conversations/c/messages`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
}

test("a preflight of a listed origin is answered without credentials and without a body", async () => {
  const env = {
    AUTH_MODE: "api_key",
    API_KEYS: `ci:${"0".repeat(64)}`,
    IDENTITY_SECRET: "x".repeat(32),
    CORS_ORIGINS: APP,
  };
  await using gateway = await start(env);
  const response = await preflight(gateway, APP);

  expect([response.status, await response.text()]).toEqual([204, ""]);
  expect(response.headers.get("access-control-allow-origin")).toBe(APP);
  expect(response.headers.get("access-control-allow-headers")).toContain("authorization");
  expect(response.headers.get("access-control-allow-headers")).toContain("last-event-id");
  expect(response.headers.get("access-control-allow-methods")).toContain("DELETE");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
});

test.for(["https://evil.example", "null", `${APP}.evil.example`, "https://APP.example.com"])(
  "a preflight of %s is 403, and its response cannot be read",
  async (origin) => {
    await using gateway = await start();
    const response = await preflight(gateway, origin);

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ reason: "ORIGIN_NOT_ALLOWED" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  },
);

test("a response can be read by a listed origin, also an error, and says that it depends on the origin", async () => {
  await using gateway = await start();
  for (const path of ["/v1/runs", "/v1/nothing"]) {
    const response = await fetch(`${gateway.url}${path}`, { headers: { origin: APP } });
    expect(response.headers.get("access-control-allow-origin")).toBe(APP);
    expect(response.headers.get("access-control-expose-headers")).toContain("retry-after");
    expect(response.headers.get("vary")).toContain("origin");
    await response.body?.cancel();
  }
});

test("with AUTH_MODE=none a listed origin may also change data", async () => {
  await using gateway = await start();
  const post = (origin: string): Promise<Response> =>
    fetch(`${gateway.url}/v1/workflows/w/runs`, { method: "POST", headers: { origin } });

  expect((await post(APP)).status).toBe(201);
  expect((await post("https://evil.example")).status).toBe(403);
});

test("without CORS_ORIGINS no response can be read by another origin", async () => {
  await using gateway = await start({});
  const response = await fetch(`${gateway.url}/v1/runs`, { headers: { origin: APP } });
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect((await preflight(gateway, APP)).status).toBe(403);
});

test("every response restricts what a browser makes of it", async () => {
  await using gateway = await start();
  for (const path of ["/health", "/v1/runs", "/nothing"]) {
    const { headers } = await fetch(`${gateway.url}${path}`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("strict-transport-security")).toBeNull();
  }
});
