// Webhooks: the token authorises a call, with any AUTH_MODE.

import type { FireWebhookRequest } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const WITH_KEYS = { AUTH_MODE: "api_key", API_KEYS: `ada:${"0".repeat(64)}`, IDENTITY_SECRET: "s".repeat(32) };

interface Hooked extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly requests: FireWebhookRequest[];
}

/** A gateway before an engine that answers every call of a webhook with `answer`. */
async function hooked(answer: { runId?: string; challenge?: string }, env = {}): Promise<Hooked> {
  const requests: FireWebhookRequest[] = [];
  const gateway = await startTestGateway({
    env,
    engine: {
      fireWebhook(request) {
        requests.push(request);
        if (request.token !== "right") throw new ConnectError("there is no such workflow", Code.NotFound);
        return answer;
      },
    },
  });
  return { gateway, requests, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test("a call without a credential is 202 with the run, and the engine gets the bytes, headers and query as they came", async () => {
  await using hook = await hooked({ runId: "r1" }, WITH_KEYS);
  const body = '{"a": 1 }';
  const response = await fetch(`${hook.gateway.url}/v1/hooks/w1/right?x=1&y=%20`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-github-delivery": "d1" },
    body,
  });

  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ run_id: "r1" });
  expect(hook.requests).toMatchObject([
    { workflowId: "w1", token: "right", method: "POST", query: "x=1&y=%20", headers: { "x-github-delivery": "d1" } },
  ]);
  expect(Buffer.from(hook.requests[0]?.body ?? []).toString()).toBe(body);
});

test("a challenge is answered with its text; GET and HEAD without one start nothing", async () => {
  await using hook = await hooked({ challenge: "c123" });
  const url = `${hook.gateway.url}/v1/hooks/w1/right`;
  const answers = [await fetch(url, { method: "POST", body: "x" }), await fetch(`${url}?hub.challenge=c123`)];
  for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([200, "c123"]);

  await using other = await hooked({});
  const got = await fetch(`${other.gateway.url}/v1/hooks/w1/right`);
  expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await fetch(`${other.gateway.url}/v1/hooks/w1/right`, { method: "HEAD" })).status).toBe(405);
});

test("a wrong token is 404, a body above the limit 413, and no log line has the token", async () => {
  await using hook = await hooked({ runId: "r1" });
  const post = (token: string, body: string): Promise<Response> =>
    fetch(`${hook.gateway.url}/v1/hooks/w1/${token}`, { method: "POST", body });
  expect((await post("wrong-token", "x")).status).toBe(404);
  expect((await post("right", "x".repeat(512 * 1024 + 1))).status).toBe(413);
  await hook.gateway.logged((line) => line["status"] === 413);

  const log = JSON.stringify(hook.gateway.log);
  expect(log).toContain("/v1/hooks/w1/…");
  expect(log).not.toMatch(/wrong-token|right/);
});
