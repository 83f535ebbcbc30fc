// The page at `/`: served to everybody, with a policy that admits its own script alone, compressed, and only when it has changed.

import { loadPage, PageMissing } from "@agent-team/page";
import { expect, test } from "vitest";
import { startTestGateway } from "./test-gateway.ts";

const env = { AUTH_MODE: "api_key", API_KEYS: `ci:${"0".repeat(64)}`, IDENTITY_SECRET: "x".repeat(32) };

test("the page needs no credential, and a browser runs nothing but its script", async () => {
  await using gateway = await startTestGateway({ env });
  const response = await fetch(gateway.url, { headers: { "accept-encoding": "identity" } });
  const { html, contentSecurityPolicy } = await loadPage();

  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  });
  expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/);
  expect(Buffer.from(await response.arrayBuffer()).equals(html)).toBe(true);
});

test("it is compressed for who takes it, and not sent again while it is the same", async () => {
  await using gateway = await startTestGateway();
  const compressed = await fetch(gateway.url, { headers: { "accept-encoding": "br, gzip" } });
  const { html, etag } = await loadPage();
  const again = await fetch(gateway.url, { headers: { "if-none-match": `W/"other", ${etag}` } });
  const head = await fetch(gateway.url, { method: "HEAD" });

  expect(compressed.headers.get("content-encoding")).toBe("gzip");
  expect(Buffer.from(await compressed.arrayBuffer()).equals(html)).toBe(true); // fetch has unpacked it
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect([head.status, await head.text(), head.headers.get("etag")]).toEqual([200, "", etag]);
});

test("a build without the page says what is missing and what to do, at / and in the log, and serves the API", async () => {
  const missing = new PageMissing();
  const page = { loadPage: () => Promise.reject(missing), whyNoPage: async () => missing.message };
  await using gateway = await startTestGateway({ page, engine: { listNodeTypes: () => ({}) } });
  const response = await fetch(gateway.url);

  expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  expect(await response.json()).toMatchObject({
    reason: "PAGE_MISSING",
    detail: expect.stringMatching(/^this build has no page: npm run pack -- api-gateway makes/),
  });
  expect((await fetch(`${gateway.url}/v1/node-types`)).status).toBe(200);
  expect(gateway.log.filter(({ level }) => level === "warn")).toEqual([
    expect.objectContaining({ msg: missing.message }),
  ]);
});
