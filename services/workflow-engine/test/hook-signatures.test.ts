// Webhooks that check who has signed a request: no run without a right signature.

import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, onTestFinished, test } from "vitest";
import { type EngineClient, engineWithCallers } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create } from "./running.ts";
import { specOf, transform, webhook } from "./specs.ts";

const VALUE = "It's a Secret to Everybody";
const SECRETS = JSON.stringify({
  HOOK: { value: VALUE, owners: ["ada"] },
  OTHER: { value: "another-value", owners: ["eve"] },
});
const NOW_S = 1_767_225_600;

interface Signed {
  readonly runs: () => Promise<number>;
  readonly fire: (body: string, headers?: Readonly<Record<string, string>>) => Promise<string>;
  readonly reasonOf: (body: string, headers?: Readonly<Record<string, string>>) => Promise<string | undefined>;
}

async function signed(configuration: object): Promise<Signed> {
  const connect = await engineWithCallers({
    env: { WORKFLOW_SECRETS: SECRETS },
    clock: new FakeClock(NOW_S * 1_000),
  });
  const engine = connect("ada");
  const { workflowId, token } = await activate(engine, { signature_secret: "{{secret:HOOK}}", ...configuration });
  const call = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    connect("webhook").fireWebhook({ workflowId, token, method: "POST", headers, body: Buffer.from(body) });
  return {
    runs: async () => (await engine.listRuns({})).runs.length,
    fire: async (body, headers) => (await call(body, headers)).runId,
    reasonOf: async (body, headers) => (await errorOf(call(body, headers))).reason,
  };
}

async function activate(engine: EngineClient, configuration: object): Promise<{ workflowId: string; token: string }> {
  const spec = specOf([webhook({ ...configuration }), transform("echo", "input")], ["start -> echo"]);
  const workflowId = await create(engine, spec);
  const { workflow } = await engine.setWorkflowActive({ workflowId, active: true });
  return { workflowId, token: workflow?.trigger?.hookPath.split("/").at(-1) ?? "" };
}

const mac = (text: string, encoding: "hex" | "base64" = "hex", secret = VALUE): string =>
  createHmac("sha256", secret).update(text).digest(encoding);

test("GitHub's signature is over the bytes as they were sent", async () => {
  const hook = await signed({ signature: "github" });
  // The example of GitHub's documentation.
  const example = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  expect(await hook.fire("Hello, World!", { "x-hub-signature-256": example })).not.toBe("");

  const header = { "x-hub-signature-256": `sha256=${mac('{"a": 1}')}` };
  expect(await hook.fire('{"a": 1}', header)).not.toBe("");
  for (const [body, headers] of [
    ['{"a":1}', header],
    ['{"a": 1}', {}],
    ['{"a": 1}', { "x-hub-signature-256": "sha256=" }],
    ['{"a": 1}', { "x-hub-signature-256": `sha256=${mac('{"a": 1}', "hex", "another")}` }],
    ['{"a": 1}', { "x-hub-signature-256": "sha256=ünï" }],
  ] as const) {
    expect(await hook.reasonOf(body, headers)).toBe("SIGNATURE_MISMATCH");
  }
  expect(await hook.runs()).toBe(2);
});

test("Slack's signature is over version, time and body, and an old one is a repeat by somebody else", async () => {
  const hook = await signed({ signature: "slack" });
  const headersAt = (time: number, body: string): Record<string, string> => ({
    "content-type": "application/json",
    "x-slack-request-timestamp": String(time),
    "x-slack-signature": `v0=${mac(`v0:${time}:${body}`)}`,
  });
  const event = '{"type":"event_callback","event_id":"E1"}';
  const first = await hook.fire(event, headersAt(NOW_S - 299, event));
  expect(await hook.fire(event, headersAt(NOW_S, event))).toBe(first); // Slack's own repeat
  expect(await hook.reasonOf(event, headersAt(NOW_S - 301, event))).toBe("SIGNATURE_MISMATCH");
  expect(await hook.reasonOf(event, headersAt(NOW_S + 301, event))).toBe("SIGNATURE_MISMATCH");
  expect(await hook.reasonOf(`${event} `, headersAt(NOW_S, event))).toBe("SIGNATURE_MISMATCH");
  expect(await hook.runs()).toBe(1);
});

test("Slack's challenge is answered when it is signed, and starts no run", async () => {
  const connect = await engineWithCallers({ env: { WORKFLOW_SECRETS: SECRETS }, clock: new FakeClock(NOW_S * 1_000) });
  const engine = connect("ada");
  const configuration = { signature: "slack", signature_secret: "{{secret:HOOK}}" };
  const { workflowId, token } = await activate(engine, configuration);
  const body = '{"type":"url_verification","challenge":"c123"}';
  const headers = {
    "content-type": "application/json",
    "x-slack-request-timestamp": String(NOW_S),
    "x-slack-signature": `v0=${mac(`v0:${NOW_S}:${body}`)}`,
  };
  const call = { workflowId, token, method: "POST", body: Buffer.from(body) };
  expect(await engine.fireWebhook({ ...call, headers })).toMatchObject({ challenge: "c123", runId: "" });
  expect((await errorOf(engine.fireWebhook(call))).reason).toBe("SIGNATURE_MISMATCH");
  expect((await engine.listRuns({})).runs).toEqual([]);
});

test("Stripe's signature holds with any of its values, and a general one in hexadecimal digits or base64", async () => {
  const stripe = await signed({ signature: "stripe" });
  const good = mac(`${NOW_S}.{}`);
  expect(await stripe.fire("{}", { "stripe-signature": `t=${NOW_S},v1=${"0".repeat(64)},v1=${good}` })).not.toBe("");
  for (const header of [`t=${NOW_S}`, `t=${NOW_S - 400},v1=${mac(`${NOW_S - 400}.{}`)}`, `v1=${good}`, ""]) {
    expect(await stripe.reasonOf("{}", { "stripe-signature": header })).toBe("SIGNATURE_MISMATCH");
  }
  const general = await signed({ signature: "hmac-sha256", signature_header: "X-Shop-Signature" });
  for (const given of [mac("{}"), mac("{}").toUpperCase(), `sha256=${mac("{}")}`, mac("{}", "base64")]) {
    expect(await general.fire("{}", { "x-shop-signature": given })).not.toBe("");
  }
  expect(await general.reasonOf("{}", { "x-shop-signature": mac("{}", "base64").toLowerCase() })).toBe(
    "SIGNATURE_MISMATCH",
  );
  expect(await general.reasonOf("{}", { "x-signature-256": mac("{}") })).toBe("SIGNATURE_MISMATCH");
});

test("a secret that does not exist and one of another owner do not activate, and look the same", async () => {
  const engine = (await engineWithCallers({ env: { WORKFLOW_SECRETS: SECRETS } }))("ada");
  for (const name of ["NONE", "OTHER"]) {
    const refused = await errorOf(activate(engine, { signature: "github", signature_secret: `{{secret:${name}}}` }));
    expect(refused).toMatchObject({ code: "FailedPrecondition", reason: "SECRET_UNKNOWN" });
  }
  expect((await errorOf(activate(engine, { signature: "github" }))).reason).toBe("NOT_RUNNABLE_YET");
  await expect(activate(engine, { signature: "github", signature_secret: "plain" })).rejects.toThrow("secret:NAME");
});

test("secrets come from a file, too, and a wrong text of them is one line without a value", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "secrets.json");
  writeFileSync(file, SECRETS);
  const engine = (await engineWithCallers({ env: { WORKFLOW_SECRETS_FILE: file } }))("ada");
  await activate(engine, { signature: "github", signature_secret: "{{secret:HOOK}}" });

  for (const text of [`{"HOOK": "${VALUE}"}`, `{"HOOK": {"value": "${VALUE}"}}`, VALUE]) {
    const error = await engineWithCallers({ env: { WORKFLOW_SECRETS: text } }).catch((thrown: unknown) =>
      String(thrown),
    );
    expect(error).toContain("WORKFLOW_SECRETS=[redacted]: expected ");
    expect(error).not.toContain(VALUE);
  }
  const missing = { env: { WORKFLOW_SECRETS_FILE: join(folder, "none") } };
  await expect(engineWithCallers(missing)).rejects.toThrow(
    /^WORKFLOW_SECRETS_FILE=.*none: expected .* in a file of this path$/,
  );
});
