/**
 * Callers behind a proxy are counted by their own address, and not by what they write into X-Forwarded-For: nginx appends to the field, as
 * an AWS ALB does, and haproxy adds a line of its own.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTeamServices, callerVariables } from "@agent-team/local-cloud";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { noProxy, type ProxyName } from "./support/proxy.ts";

const REFUSED_PER_MINUTE = 60;
const PROXIES: Readonly<Record<ProxyName, string>> = { nginx: "127.61.250.1", haproxy: "127.61.250.2" };
const PORT = 8080;

let cloud: TestCloud;

beforeAll(async () => {
  const callers = callerVariables({ AUTH_MODE: "api_key", API_KEYS: `ada:${"0".repeat(64)}` });
  const services = agentTeamServices({ callers, environment: { TRUSTED_HOPS: "1" } });
  cloud = await startTestCloud("127.61.0.0/16", { services });
}, 60_000);
afterAll(() => cloud?.close());

const CONFIGS: Readonly<Record<ProxyName, (folder: string, upstream: string) => string>> = {
  nginx: (folder, upstream) => `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
      server {
        listen ${PROXIES.nginx}:${PORT};
        location / { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://${upstream}; }
      }
    }`,
  haproxy: (_, upstream) => `defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind ${PROXIES.haproxy}:${PORT}
  default_backend back
backend back
  server one ${upstream}
`,
};

async function startProxy(name: ProxyName): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `agent-team-${name}-`));
  const config = join(folder, "proxy.conf");
  await writeFile(config, CONFIGS[name](folder, new URL(cloud.url).host));
  const args = name === "nginx" ? ["-p", folder, "-c", config] : ["-db", "-q", "-f", config];
  const proxy: ChildProcess = spawn(name, args, { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(async () => {
    proxy.kill("SIGKILL");
    if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, "exit");
    await rm(folder, { recursive: true });
  });
  const isUp = (): Promise<boolean> =>
    fetch(`http://${PROXIES[name]}:${PORT}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isUp, { interval: 20 }).toBe(true);
}

/** The status of a request without a credential, from an address of the client's choice. */
async function ask(name: ProxyName, client: string, forwarded?: string): Promise<number | undefined> {
  const headers = { connection: "close", ...(forwarded && { "x-forwarded-for": forwarded }) };
  const sent = request({ host: PROXIES[name], port: PORT, path: "/v1/runs", localAddress: client, headers }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
  return response.statusCode;
}

describe.each<[name: ProxyName, one: string, other: string]>([
  ["nginx", "127.61.251.1", "127.61.251.2"],
  ["haproxy", "127.61.252.1", "127.61.252.2"],
])("behind %s", (name, one, other) => {
  const absent = noProxy(name);

  test("each client has its own limit, and none gets another one by the field", async ({ skip }) => {
    skip(absent !== undefined, absent);
    await startProxy(name);
    // One token comes each second, so that some more than the limit pass.
    const statuses = await Promise.all(
      Array.from({ length: 3 * REFUSED_PER_MINUTE }, (_, at) => ask(name, one, `198.51.100.${at}`)),
    );
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(REFUSED_PER_MINUTE);

    expect(await ask(name, other)).toBe(401);
    expect(await ask(name, other, one)).toBe(401);
  });
});
