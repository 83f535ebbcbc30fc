/**
 * The whole system over mutual TLS, as `npm start -- --tls` runs it: a deployment and a rotation of all certificates cost no call, and
 * a program without a certificate gets none answered.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { WorkflowAgentService } from "@agent-team/contracts";
import { createChannel, targetFromEnvironment, tlsFromEnvironment } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { agentTeamServices, type TaskDescription } from "@agent-team/local-cloud";
import { createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { cloudOfTest, type TestCloud } from "./support/cloud.ts";
import { Load, rollUnderLoad } from "./support/load.ts";

const VPC = "127.33.0.0/16";
const SLOW = { timeout: 60_000 };

/** A load of some seconds has more conversations than the default quota of one owner. */
const services = agentTeamServices({
  environment: { MAX_CONVERSATIONS_PER_OWNER: "100000", MAX_CONVERSATION_MIB_PER_OWNER: "1024" },
});

/** From new files to the new certificate on a new connection. */
const RENEWED_WITHIN_MS = 10_000;

/** The certificate that a task shows to new connections, in hexadecimal. */
async function certificateOf(cloud: TestCloud, { host, port }: TaskDescription): Promise<string> {
  const env = cloud.clientEnvironment();
  const read = (name: string): string => readFileSync(env[`WORKFLOW_SERVICE_TLS_${name}_FILE`] as string, "utf8");
  const socket = connect({
    host,
    port,
    ca: read("CA"),
    cert: read("CERT"),
    key: read("KEY"),
    servername: env["WORKFLOW_SERVICE_TLS_SERVER_NAME"] as string,
    ALPNProtocols: ["h2"],
  });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test(
  "a program without a certificate gets no answer; a deployment and a rotation of all certificates cost no call",
  SLOW,
  async () => {
    const logFolder = await mkdtemp(join(tmpdir(), "agent-team-e2e-"));
    onTestFinished(() => rm(logFolder, { recursive: true, force: true }));
    await using cloud = await cloudOfTest(VPC, { tls: true, discovery: "dns", services, logFolder });
    await askWithout(cloud);
    await rollUnderLoad(cloud);
    await renewUnderLoad(cloud, logFolder);
  },
);

async function askWithout(cloud: TestCloud): Promise<void> {
  const env = cloud.clientEnvironment();
  const target = targetFromEnvironment("WORKFLOW_SERVICE", env, { defaultPort: 50051 });
  const tls = tlsFromEnvironment("WORKFLOW_SERVICE", env);
  const ask = async (options: NonNullable<Parameters<typeof createChannel>[1]>): Promise<unknown> => {
    await using channel = createChannel(target, options);
    const client = createClient(WorkflowAgentService, createConnectTransport(channel));
    return await client.getConversation({ conversationId: "none" }).then(
      () => "an answer",
      (error: unknown) => String(error),
    );
  };
  expect(await ask({ tls })).toMatch(/not_found/);
  expect(await ask({ tls: { ...tls, certFile: undefined, keyFile: undefined } })).toMatch(
    /unavailable.*this server requires a client certificate, and the client sent none/,
  );
  expect(await ask({ tls: undefined })).toMatch(/unavailable/);
}

async function renewUnderLoad(cloud: TestCloud, logFolder: string): Promise<void> {
  const agents = cloud.tasks("workflow-agent");
  const before = await Promise.all(agents.map((agent) => certificateOf(cloud, agent)));
  const load = new Load(cloud);
  await load.more(20);

  await cloud.renewCertificates();
  const renewedMs = performance.now();
  for (;;) {
    const now = await Promise.all(agents.map((agent) => certificateOf(cloud, agent)));
    if (now.every((serial, i) => serial !== before[i])) break;
    await load.more(4);
  }
  expect(performance.now() - renewedMs).toBeLessThan(RENEWED_WITHIN_MS);
  // The gateway's channels replace their connections in this time.
  while (performance.now() - renewedMs < RENEWED_WITHIN_MS) await load.more(4);
  await load.stop();
  expect(load.errors).toEqual([]);
  expect(cloud.tasks("workflow-agent").map(({ id }) => id)).toEqual(agents.map(({ id }) => id));
  const [gateway] = cloud.tasks("api-gateway");
  const log = readFileSync(join(logFolder, "api-gateway", "api-gateway", `${gateway?.id}.log`), "utf8");
  const renewals = log.match(/"target":"[a-z-]+","msg":"the client's certificates were replaced"/g)?.toSorted();
  expect(renewals).toEqual(
    ["workflow-agent", "workflow-engine"].map(
      (target) => `"target":"${target}","msg":"the client's certificates were replaced"`,
    ),
  );
}
