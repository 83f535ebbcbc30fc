// The page of an approval: GET decides nothing, its form decides once, and every failure is a page.

import { ErrorInfoSchema, type WorkflowEngineService } from "@agent-team/contracts";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const WITH_KEYS = { AUTH_MODE: "api_key", API_KEYS: `ada:${"0".repeat(64)}`, IDENTITY_SECRET: "s".repeat(32) };
const WAITING = { prompt: 'Pay <b>5</b> & "more"?', workflowName: "Orders", waiting: true };
const DECIDED = {
  ...WAITING,
  waiting: false,
  decision: { approved: true, comment: "fine", decidedBy: "Ada <x> (by link)", decideTime: { seconds: 1n } },
};

type Engine = Partial<ServiceImpl<typeof WorkflowEngineService>>;

const refuse = (code: Code, reason: string): never => {
  throw new ConnectError("said by the engine", code, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "agentteam", reason } },
  ]);
};

async function gatewayOf(engine: Engine): Promise<{ gateway: TestGateway; url: string } & AsyncDisposable> {
  const gateway = await startTestGateway({ env: WITH_KEYS, engine });
  const url = `${gateway.url}/v1/approvals/r1/ask.0/token-Zx81`;
  return { gateway, url, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

const press = (url: string, form: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });

test("GET and HEAD show what is asked and decide nothing, without a credential, a script or a third host", async () => {
  const decisions: unknown[] = [];
  await using page = await gatewayOf({
    getApproval: (request) => {
      expect(request).toMatchObject({ runId: "r1", nodeId: "ask.0", token: "token-Zx81" });
      return { approval: WAITING };
    },
    decideApproval: (request) => {
      decisions.push(request);
      return {};
    },
  });
  expect((await fetch(page.url, { method: "HEAD" })).status).toBe(200);
  const response = await fetch(page.url);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  expect(html).toContain("Pay &lt;b&gt;5&lt;/b&gt; &amp; &quot;more&quot;?");
  expect(html).toContain('<form method="post">');
  expect(html).not.toMatch(/<script|https?:\/\/|token-Zx81/);
  expect(decisions).toEqual([]);
});

test("a button of the form decides, with name and comment, and leads to the page, which shows the decision", async () => {
  const decisions: unknown[] = [];
  await using page = await gatewayOf({
    getApproval: () => ({ approval: DECIDED }),
    decideApproval: ({ approved, comment, name }) => {
      decisions.push({ approved, comment, name });
      return {};
    },
  });
  const pressed = await press(page.url, { decision: "approve", comment: " fine ", name: "Ada <x>" });
  expect([pressed.status, pressed.headers.get("location")]).toEqual([303, new URL(page.url).pathname]);
  expect(decisions).toEqual([{ approved: true, comment: "fine", name: "Ada <x>" }]);

  const html = await (await fetch(page.url)).text();
  expect(html).toContain("<b>Approved</b> at <time");
  expect(html).toContain("Ada &lt;x&gt; (by link)");
  expect(html).not.toContain("<form");

  for (const form of [{}, { decision: "maybe" }]) expect((await press(page.url, form)).status).toBe(400);
  expect(decisions).toHaveLength(1);
});

test("the second decision meets the first one", async () => {
  await using page = await gatewayOf({
    getApproval: () => ({ approval: DECIDED }),
    decideApproval: () => refuse(Code.FailedPrecondition, "ALREADY_DECIDED"),
  });
  const response = await press(page.url, { decision: "reject" });
  expect(response.status).toBe(409);
  expect(await response.text()).toContain("<b>Approved</b>");
});

test.for<[string, Engine["getApproval"] & object, number, string]>([
  ["a garbled link", () => refuse(Code.NotFound, "APPROVAL_NOT_FOUND"), 404, "No such approval"],
  ["a link whose time has passed", () => refuse(Code.FailedPrecondition, "LINK_EXPIRED"), 410, "This link has ended"],
  ["an approval that is over", () => ({ approval: { ...WAITING, waiting: false } }), 410, "Not open any more"],
  ["an engine that does not answer", () => refuse(Code.Unavailable, "STORE_UNAVAILABLE"), 503, "Not now"],
  ["an engine that is older than the gateway", () => refuse(Code.Unimplemented, ""), 503, "Not now"],
])("%s is a page", async ([, getApproval, status, title]) => {
  await using page = await gatewayOf({ getApproval });
  const response = await fetch(page.url);
  expect([response.status, response.headers.get("content-type")]).toEqual([status, "text/html; charset=utf-8"]);
  expect(await response.text()).toContain(`<h1>${title}</h1>`);
});

test("no log line has the token, and a body above the limit is refused", async () => {
  await using page = await gatewayOf({ getApproval: () => refuse(Code.NotFound, "APPROVAL_NOT_FOUND") });
  await fetch(page.url);
  expect((await press(page.url, { decision: "approve", comment: "x".repeat(600_000) })).status).toBe(413);
  await page.gateway.logged((line) => line["status"] === 413);
  const logged = JSON.stringify(page.gateway.log);
  expect(logged).toContain("/v1/approvals/r1/ask.0/…");
  expect(logged).not.toContain("token-Zx81");
});
