// Webhooks: who may call, what the run gets, and what a repeated delivery does.
import type { FireWebhookRequestSchema } from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type EngineClient, engineOnLoopback, engineWithCallers } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create, ended, plain } from "./running.ts";
import { manual, specOf, transform, webhook } from "./specs.ts";

type Call = MessageInitShape<typeof FireWebhookRequestSchema>;

const JSON_HEADERS = { "content-type": "application/json" };

interface Hook {
  readonly workflowId: string;
  readonly token: string;
  fire(call: Call): ReturnType<EngineClient["fireWebhook"]>;
}

/** An active workflow that outputs what its webhook received. */
async function hooked(engine: EngineClient, configuration = {}): Promise<Hook> {
  const spec = specOf([webhook(configuration), transform("echo", "input")], ["start -> echo"]);
  const workflowId = await create(engine, spec);
  const { workflow } = await engine.setWorkflowActive({ workflowId, active: true });
  const [, token = ""] =
    new RegExp(`^/v1/hooks/${workflowId}/([\\w-]{32})$`).exec(workflow?.trigger?.hookPath ?? "") ?? [];
  return { workflowId, token, fire: (call) => engine.fireWebhook({ workflowId, token, method: "POST", ...call }) };
}

async function outputOf(engine: EngineClient, runId: string): Promise<unknown> {
  const { run } = await engine.getRun({ runId });
  return plain((await ended(engine, run)).output);
}

test.for([
  ["JSON", JSON_HEADERS, '{"a": 1}', { a: 1 }],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, "a=1&b=x%20y", { a: "1", b: "x y" }],
  ["text", { "content-type": "text/plain" }, "hello", "hello"],
  ["nothing", {}, "", null],
] as const)("the run gets the body: %s", async ([, headers, body, output]) => {
  const engine = await engineOnLoopback();
  const { fire } = await hooked(engine);

  const { runId } = await fire({ headers, body: Buffer.from(body) });

  expect(await outputOf(engine, runId)).toEqual(output);
});

test("with payload request the run gets headers, query and raw body too, and no credentials", async () => {
  const engine = await engineOnLoopback();
  const { fire } = await hooked(engine, { payload: "request" });
  const headers = { ...JSON_HEADERS, authorization: "Bearer x", cookie: "a=b", "x-event": "push" };

  const { runId } = await fire({ query: "a=1&b=%20", headers, body: Buffer.from('{"a": 1}') });

  expect(await outputOf(engine, runId)).toEqual({
    method: "POST",
    query: { a: "1", b: " " },
    headers: { ...JSON_HEADERS, "x-event": "push" },
    body: { a: 1 },
    raw_body: '{"a": 1}',
  });
});

test.for([
  ["idempotency-key", {}],
  ["webhook-id", {}],
  ["x-github-delivery", {}],
  ["", { event_id: "ID" }],
  ["", { object: "event", id: "ID" }],
] as const)(
  "a delivery that is repeated finds its run (%s %j); another one with an equal body starts another",
  async ([name, id]) => {
    const engine = await engineOnLoopback();
    const { fire } = await hooked(engine);
    const deliver = (delivery: string): ReturnType<Hook["fire"]> =>
      fire({
        headers: name === "" ? JSON_HEADERS : { ...JSON_HEADERS, [name]: delivery },
        body: Buffer.from(JSON.stringify({ total: 1, ...id }).replace("ID", delivery)),
      });

    const [first, repeat, other] = [await deliver("d1"), await deliver("d1"), await deliver("d2")];

    expect(repeat.runId).toBe(first.runId);
    expect(other.runId).not.toBe(first.runId);
    expect((await engine.listRuns({})).runs).toHaveLength(2);
  },
);

test("a challenge is answered, and nothing else than POST starts a run", async () => {
  const engine = await engineOnLoopback();
  const { fire } = await hooked(engine);
  const body = Buffer.from('{"type":"url_verification","challenge":"c1"}');

  expect(await fire({ headers: JSON_HEADERS, body })).toMatchObject({ challenge: "c1", runId: "" });
  expect(await fire({ method: "GET", query: "hub.mode=subscribe&hub.challenge=c2" })).toMatchObject({
    challenge: "c2",
  });
  expect(await fire({ method: "GET" })).toMatchObject({ challenge: "", runId: "" });
  expect((await engine.listRuns({})).runs).toEqual([]);
});

test("a wrong token, an inactive workflow, another trigger and an unknown id are all NOT_FOUND", async () => {
  const as = await engineWithCallers();
  const ada = as("ada");
  const { workflowId, token, fire } = await hooked(ada);
  const other = await hooked(ada);
  const manualId = await create(ada, specOf([manual()]));
  const calls: readonly Call[] = [
    { token: "" },
    { token: `${token}x` },
    { token: other.token },
    { workflowId: manualId },
    { workflowId: "a".repeat(26) },
    { workflowId: "../x" },
  ];

  for (const call of calls) expect(await errorOf(fire(call))).toMatchObject({ code: "NotFound" });
  await ada.setWorkflowActive({ workflowId, active: false });
  expect(await errorOf(fire({}))).toMatchObject({ code: "NotFound", reason: "WORKFLOW_NOT_FOUND" });
  await ada.setWorkflowActive({ workflowId, active: true });
  const { runId } = await as("webhook").fireWebhook({ workflowId, token, method: "POST" }); // the token is kept

  expect(await outputOf(ada, runId)).toBe(null); // the run belongs to the owner of the workflow
  await ada.deleteWorkflow({ workflowId });
  expect(await errorOf(fire({}))).toMatchObject({ code: "NotFound" });
});

test("broken JSON and a body that is too large are INVALID_ARGUMENT, and start nothing", async () => {
  const engine = await engineOnLoopback();
  const { fire } = await hooked(engine);
  const bodies = ["{", `"${"x".repeat(256 * 1024)}"`, Buffer.from([0xff])];

  for (const body of bodies)
    expect(await errorOf(fire({ headers: JSON_HEADERS, body: Buffer.from(body as string) }))).toMatchObject({
      code: "InvalidArgument",
      fields: ["body"],
    });
  expect((await engine.listRuns({})).runs).toEqual([]);
});
