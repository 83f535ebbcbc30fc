// An approval sends a notice with a link that decides.

import { NodeType, RunState, type WorkflowSpec } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import {
  type EngineClient,
  type EngineOnLoopbackOptions,
  engineOnLoopback,
  engineWithCallers,
} from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer } from "./http-server-on-loopback.ts";
import { create, ended, idOf, reached } from "./running.ts";
import { approval, manual, node, specOf, transform } from "./specs.ts";

const engineWithLinks = (options: EngineOnLoopbackOptions): ReturnType<typeof engineWithCallers> =>
  engineWithCallers({ ...options, env: { PUBLIC_URL: "https://api.test/" } });

const asking = (configuration: object): WorkflowSpec =>
  specOf(
    [manual(), approval("ask", { ...configuration }), transform("yes", "'yes'"), transform("no", "'no'")],
    ["start -> ask", "ask -approved-> yes", "ask -rejected-> no"],
    "Big <orders>",
  );

interface Waiting {
  readonly engine: EngineClient;
  readonly runId: string;
  readonly server: LoopbackHttpServer;
  /** What the notice was. */
  readonly notice: Readonly<Record<string, string>>;
  readonly link: { runId: string; nodeId: string; token: string };
}

/** A run that waits for an approval, after its notice. */
async function waiting(configuration: object = {}, options: EngineOnLoopbackOptions = {}): Promise<Waiting> {
  const server = await httpServerOnLoopback({ "/hook": json({ ok: true }) });
  const connect = await engineWithLinks({ ...options, allowHosts: server.authority });
  const engine = connect("ada");
  const spec = asking({ webhook_url: `${server.url}/hook`, ...configuration });
  const started = await engine.startRun({ workflowId: await create(engine, spec) });
  await reached(engine, started.run, RunState.WAITING);
  const notice = JSON.parse(server.seen[0]?.body ?? "{}") as Record<string, string>;
  const [, runId = "", nodeId = "", token = ""] =
    /^https:\/\/api\.test\/v1\/approvals\/(\w+)\/(\w+)\/(.+)$/.exec(notice["url"] ?? "") ?? [];
  return { engine: connect("webhook"), runId: idOf(started.run), server, notice, link: { runId, nodeId, token } };
}

test("a webhook is told what is asked, and its link decides once, by whoever holds it", async () => {
  const { engine, runId, notice, link, server } = await waiting();
  expect(notice).toMatchObject({
    type: "approval_requested",
    run_id: runId,
    node_id: "ask",
    workflow_name: "Big <orders>",
    prompt: "Go on?",
  });
  expect(server.seen).toMatchObject([{ method: "POST", headers: { "idempotency-key": `${runId}:ask` } }]);

  for (let times = 0; times < 3; times += 1) {
    const { approval: shown } = await engine.getApproval(link);
    expect(shown).toMatchObject({ prompt: "Go on?", workflowName: "Big <orders>", waiting: true });
    expect(shown?.decision).toBeUndefined();
  }
  const { approval: decided } = await engine.decideApproval({ ...link, approved: true, comment: "fine", name: "Ada" });
  expect(decided).toMatchObject({
    waiting: false,
    decision: { approved: true, comment: "fine", decidedBy: "Ada (by link)" },
  });

  // Twice the same button is one decision; the other button meets the first one.
  expect((await engine.decideApproval({ ...link, approved: true })).approval?.decision?.comment).toBe("fine");
  const refused = await errorOf(engine.decideApproval({ ...link, approved: false }));
  expect(refused).toMatchObject({ code: "FailedPrecondition", reason: "ALREADY_DECIDED" });
  expect((await engine.getApproval(link)).approval).toMatchObject({ prompt: "Go on?", decision: { approved: true } });
});

test("a garbled link, one for another run, and one to a deleted run are one and the same NOT_FOUND", async () => {
  const first = await waiting();
  const second = await waiting();
  const { engine, link } = first;
  for (const other of [
    { token: `${link.token.slice(0, -1)}${link.token.endsWith("A") ? "B" : "A"}` },
    { token: "" },
    { nodeId: "start" },
    { runId: "x" },
    { runId: second.link.runId, token: second.link.token },
  ]) {
    const refused = await errorOf(engine.decideApproval({ ...link, ...other, approved: true }));
    expect(refused).toMatchObject({ code: "NotFound", reason: "APPROVAL_NOT_FOUND" });
  }
});

test("a link ends with the time of its node", async () => {
  const clock = new FakeClock();
  const { engine, link } = await waiting({ expires_after_seconds: 60 }, { clock });
  const { approval: shown } = await engine.getApproval(link);
  expect(shown?.expireTime && timestampMs(shown.expireTime)).toBeGreaterThanOrEqual(clock.wallNow() + 60_000);
  await clock.advanceAsync(61_000);
  const late = await errorOf(engine.decideApproval({ ...link, approved: true }));
  expect(late).toMatchObject({ code: "FailedPrecondition", reason: "LINK_EXPIRED" });
});

test("after a cancel nothing waits behind the link", async () => {
  const server = await httpServerOnLoopback({ "/hook": json({ ok: true }) });
  const engine = (await engineWithLinks({ allowHosts: server.authority }))("ada");
  const spec = asking({ webhook_url: `${server.url}/hook` });
  const { run } = await engine.startRun({ workflowId: await create(engine, spec) });
  await reached(engine, run, RunState.WAITING);
  const url = String((JSON.parse(server.seen[0]?.body ?? "{}") as Record<string, string>)["url"]);
  const token = url.split("/").at(-1) ?? "";
  await engine.cancelRun({ runId: idOf(run) });
  await ended(engine, run);
  const link = { runId: idOf(run), nodeId: "ask", token };
  expect((await engine.getApproval(link)).approval).toMatchObject({ waiting: false, prompt: "Go on?" });
  const refused = await errorOf(engine.decideApproval({ ...link, approved: true }));
  expect(refused).toMatchObject({ reason: "NODE_NOT_WAITING" });
});

test("Slack is told with a link, and a prompt can make neither a link nor a mention", async () => {
  const server = await httpServerOnLoopback({ "/slack": json("ok") });
  const engine = (await engineWithLinks({ allowHosts: server.authority }))("ada");
  const spec = asking({ prompt: "<!channel> & co?", slack_webhook_url: `${server.url}/slack` });
  const { run } = await engine.startRun({ workflowId: await create(engine, spec) });
  await reached(engine, run, RunState.WAITING);
  expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({
    text: expect.stringMatching(
      new RegExp(
        `^An approval of \\*Big &lt;orders&gt;\\* waits for you:\\n&lt;!channel&gt; &amp; co\\?\\n<https://api\\.test/v1/approvals/${idOf(run)}/ask/[^|>]+\\|Approve or reject>$`,
      ),
    ),
  });
});

test("without a public URL the notice says how to decide", async () => {
  const server = await httpServerOnLoopback({ "/hook": json({ ok: true }) });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const { run } = await engine.startRun({
    workflowId: await create(engine, asking({ webhook_url: `${server.url}/hook` })),
  });
  await reached(engine, run, RunState.WAITING);
  const notice = JSON.parse(server.seen[0]?.body ?? "{}") as Record<string, unknown>;
  expect(notice["url"]).toBeUndefined();
  expect(notice["how"]).toContain(`POST /v1/runs/${idOf(run)}/signals/ask {"approved": true}`);
});

test("a notice that is not taken fails the node, and its retry policy repeats it", async () => {
  let status = 500;
  const server = await httpServerOnLoopback({
    "/secret-path": (request, response) => {
      json({}, status)(request, response);
      status = 200;
    },
  });
  const engine = (await engineWithLinks({ allowHosts: server.authority }))("ada");
  const url = `${server.url}/secret-path`;
  const once = specOf([manual(), approval("ask", { webhook_url: url })], ["start -> ask"]);
  const failed = await ended(engine, (await engine.startRun({ workflowId: await create(engine, once) })).run);
  expect(failed.error).toMatchObject({ code: "HTTP_STATUS", retryable: true });
  expect(failed.error?.message).not.toContain("secret-path");

  status = 500;
  const more = { retryPolicy: { maxAttempts: 2 } };
  const ask = node("ask", NodeType.HUMAN_IN_THE_LOOP, "APPROVAL", { prompt: "Go on?", webhook_url: url }, more);
  const again = specOf([manual(), ask], ["start -> ask"]);
  const { run } = await engine.startRun({ workflowId: await create(engine, again) });
  await expect.poll(() => server.seen.length, { timeout: 30_000 }).toBe(3);
  await reached(engine, run, RunState.WAITING);
  const keys = server.seen.slice(1).map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual([`${idOf(run)}:ask`, `${idOf(run)}:ask`]);
});
