// Requests of one subject are limited, and each response says what is left.

import { createHash } from "node:crypto";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
const ENV = {
  AUTH_MODE: "api_key",
  API_KEYS: `ada:${hashOf("atk_ada")},bob:${hashOf("atk_bob")}`,
  IDENTITY_SECRET: "x".repeat(32),
  REQUESTS_PER_MINUTE: "3",
  MESSAGES_PER_MINUTE: "1",
};
const ENGINE = { listRuns: () => ({}) };
const AGENT = {
  async *processConversation() {
    yield { sequence: 1, turnId: "t", fence: "f", event: { case: "turnCompleted" as const, value: {} } };
  },
};

function get(gateway: TestGateway, key: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/runs`, { headers: { "x-api-key": key } });
}

test("a subject above its limit gets 429 with the time to wait, and another subject does not notice", async () => {
  const clock = new FakeClock();
  await using gateway = await startTestGateway({ engine: ENGINE, env: ENV, clock });
  const left: (string | null)[] = [];
  for (let request = 0; request < 3; request += 1) left.push((await get(gateway, "atk_ada")).headers.get("ratelimit"));
  const refused = await get(gateway, "atk_ada");

  expect(left).toEqual(['"requests";r=2;t=20', '"requests";r=1;t=40', '"requests";r=0;t=20']);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("20");
  expect(refused.headers.get("ratelimit-policy")).toBe('"requests";q=3;w=60');
  expect(await refused.json()).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "RATE_LIMITED" });
  expect((await get(gateway, "atk_bob")).status).toBe(200);

  clock.advance(20_000);
  expect((await get(gateway, "atk_ada")).status).toBe(200);
});

test("messages have a limit of their own, in both APIs together", async () => {
  await using gateway = await startTestGateway({ agent: AGENT, env: ENV, clock: new FakeClock() });
  const post = (): Promise<Response> =>
    fetch(`${gateway.url}/v1/conversations/c/messages`, {
      method: "POST",
      headers: { "x-api-key": "atk_ada", "content-type": "application/json" },
      body: '{"message":"Hi"}',
    });
  const first = await post();
  expect([first.status, first.headers.get("ratelimit")]).toEqual([200, '"messages";r=0;t=60']);
  await first.text();

  expect((await post()).status).toBe(429);
  const chat = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer atk_ada", "content-type": "application/json" },
    body: '{"messages":[{"role":"user","content":"Hi"}]}',
  });
  expect([chat.status, chat.headers.get("retry-after")]).toEqual([429, "60"]);
  expect(await chat.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limited" } });
});
