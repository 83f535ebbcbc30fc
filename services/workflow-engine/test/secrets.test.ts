// Secrets by reference: filled in when a request is sent, to their own hosts alone, and in no event.

import {
  GetNodeExecutionResponseSchema,
  NodeType,
  type Run,
  RunSchema,
  type WorkflowSpec,
} from "@agent-team/contracts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { engineWithCallers } from "./engine-on-loopback.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer, redirect } from "./http-server-on-loopback.ts";
import { create, ended, value } from "./running.ts";
import { approval, fetching, manual, node, specOf } from "./specs.ts";

const TOKEN = 's3cr"et/T0ken+x';

interface Ran {
  readonly run: Run;
  /** All that its owner can read of it, and the log. */
  readonly shown: string;
}

/** Runs a workflow of ada, whose secrets may go to the server of the test. */
async function ran(spec: WorkflowSpec, server: LoopbackHttpServer, input: JsonValue = null): Promise<Ran> {
  const lines: string[] = [];
  const secrets = {
    TOKEN: { value: TOKEN, hosts: [server.authority], owners: ["ada"] },
    ELSEWHERE: { value: "not-for-this-host", hosts: ["api.example.com"], owners: ["*"] },
    OF_EVE: { value: "the-secret-of-eve", hosts: [server.authority], owners: ["eve"] },
  };
  const connect = await engineWithCallers({
    allowHosts: "127.0.0.1,localhost",
    env: { WORKFLOW_SECRETS: JSON.stringify(secrets), LOG_LEVEL: "debug" },
    onLogLine: (line) => void lines.push(line),
  });
  const engine = connect("ada");
  const started = await engine.startRun({ workflowId: await create(engine, spec), input: value(input) });
  const run = await ended(engine, started.run);
  const nodes = await Promise.all(
    run.nodeExecutions.map(({ nodeId }) => engine.getNodeExecution({ runId: run.id, nodeId })),
  );
  const shown = [
    JSON.stringify(toJson(RunSchema, run)),
    ...nodes.map((each) => JSON.stringify(toJson(GetNodeExecutionResponseSchema, each))),
    ...lines,
  ].join("\n");
  return { run, shown };
}

const post = (server: LoopbackHttpServer, configuration: object, path = "/"): WorkflowSpec =>
  specOf(
    [manual(), fetching("call", { method: "POST", url: `${server.url}${path}`, ...configuration })],
    ["start -> call"],
  );

test("a secret is filled into URL, headers and body, and what the server repeats of it is a reference again", async () => {
  const echo = `/v1/${encodeURIComponent(TOKEN).replaceAll("%2F", "/")}?k=${encodeURIComponent(TOKEN).replaceAll("%2F", "/")}`;
  const server = await httpServerOnLoopback({
    [echo]: (_request, response) => {
      const headers = {
        "content-type": "application/json",
        "x-echo": `you sent ${TOKEN}`,
      };
      response.writeHead(200, headers).end(JSON.stringify({ got: TOKEN }));
    },
  });
  const { run, shown } = await ran(
    post(
      server,
      {
        headers: { authorization: "Bearer {{secret:TOKEN}}" },
        body: { a: ["x {{secret:TOKEN}}"], b: "{% input.said %}" },
      },
      "/v1/{{secret:TOKEN}}?k={{secret:TOKEN}}",
    ),
    server,
    { said: "{{secret:TOKEN}}" },
  );
  expect(run.error?.message).toBeUndefined();
  const [seen] = server.seen;
  expect(seen?.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
  // What the run computes is a text, also when it looks like a reference.
  expect(JSON.parse(seen?.body ?? "")).toEqual({ a: [`x ${TOKEN}`], b: "{{secret:TOKEN}}" });
  expect(toJson(RunSchema, run)).toMatchObject({ output: { body: { got: "{{secret:TOKEN}}" } } });
  for (const form of [TOKEN, "s3cr", "T0ken", "__secret"]) expect(shown).not.toContain(form);
});

test.for([
  ["another host's", "ELSEWHERE", "SECRET_REFUSED"],
  ["another owner's", "OF_EVE", "SECRET_UNKNOWN"],
  ["an unknown", "NONE", "SECRET_UNKNOWN"],
])("%s secret is not sent", async ([, name, code]) => {
  const server = await httpServerOnLoopback({ "/": json("ok") });
  const { run } = await ran(post(server, { headers: { authorization: `{{secret:${name}}}` } }), server);
  expect(run.error).toMatchObject({ code, retryable: false, message: expect.stringContaining(name ?? "") });
  expect(server.seen).toEqual([]);
});

test("a redirect to a host that a secret may not reach is not followed, whatever the node says", async () => {
  const other = await httpServerOnLoopback({ "/take": json("ok") });
  const server = await httpServerOnLoopback({
    "/": redirect(`${other.url}/take`, 307),
    "/own": redirect("/end", 307),
    "/end": json("ok"),
  });
  const configuration = { body: "{{secret:TOKEN}}", forward_headers: true };
  const { run, shown } = await ran(post(server, configuration), server);
  expect(run.error?.code).toBe("SECRET_REFUSED");
  expect(other.seen).toEqual([]);
  expect(shown).not.toContain("T0ken");

  const own = await ran(post(server, configuration, "/own"), server);
  expect(own.run.error).toBeUndefined();
  expect(server.seen.at(-1)).toMatchObject({ path: "/end", body: TOKEN });
});

test("a failure names the reference, and neither the value nor its mark", async () => {
  const server = await httpServerOnLoopback({});
  const { run, shown } = await ran(post(server, {}, "/{{secret:TOKEN}}"), server);
  expect(run.error).toMatchObject({
    code: "HTTP_STATUS",
    message: expect.stringContaining("/{{secret:TOKEN}} answered 404"),
  });
  expect(shown).not.toMatch(/T0ken|__secret/);
});

test("Slack's webhook and the notice of an approval take the path of their URL from a secret", async () => {
  const path = `/services/${encodeURIComponent(TOKEN).replaceAll("%2F", "/")}`;
  const server = await httpServerOnLoopback({ [path]: json("ok", 500) });
  const url = `${server.url}/services/{{secret:TOKEN}}`;
  for (const work of [
    node("work", NodeType.EXTERNAL_ACTION, "SLACK", { webhook_url: url, text: "hi" }),
    approval("work", { webhook_url: url }),
  ]) {
    const { run, shown } = await ran(specOf([manual(), work], ["start -> work"]), server);
    expect(run.error?.code).toBe("HTTP_STATUS");
    expect(shown).not.toMatch(/T0ken|__secret/);
  }
  expect(server.seen.map((seen) => seen.path)).toEqual([path, path]);
});
