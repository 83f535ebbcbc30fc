/**
 * grpc-js with its defaults finds agents by DNS while they are replaced one by one. It resolves only when a connection is
 * lost, and at most every 30 s: a GOAWAY before the records have changed would leave it with old addresses for that time.
 * AWS's delays, and the 30 s, are divided by ten.
 */

import { delay, systemClock } from "@agent-team/foundation/clock";
import { agentTeamServices } from "@agent-team/local-cloud";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test, vi } from "vitest";
import { cloudOfTest } from "./support/cloud.ts";

const VPC = "127.29.0.0/16";
const SPEED = 10;

/** grpc-js: "grpc.dns_min_time_between_resolutions_ms", default 30,000. */
const RESOLUTION_MS = 30_000 / SPEED;

/** Between two calls of one caller: calls are to be under way at each moment, and leave the machine to the cloud. */
const PACE_MS = 5;

// grpc-js asks a name server of our choice only by its other resolver, which it chooses when it is loaded. The local cloud loads it.
vi.hoisted(() => {
  process.env["GRPC_NODE_USE_ALTERNATIVE_RESOLVER"] = "true";
});

function connect(name: string): Client {
  return new Client(`dns://${VPC.replace("0.0/16", "0.2")}:8053/${name}:50051`, credentials.createInsecure(), {
    "grpc.dns_min_time_between_resolutions_ms": RESOLUTION_MS,
  });
}

/** Asks for health with an empty request, which needs no message type. */
function check(client: Client): Promise<void> {
  const bytes = (message: Buffer): Buffer => message;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", bytes, bytes, Buffer.alloc(0), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

test("the replacement of all agents costs a grpc-js client with its defaults no call", {
  timeout: 60_000,
}, async () => {
  // One, so that there is never another address that happens to be known.
  await using cloud = await cloudOfTest(VPC, { speed: SPEED, services: agentTeamServices({ agents: 1 }) });
  const before = cloud.tasks("workflow-agent").map(({ id }) => id);
  const client = connect("workflow-agent.agent-team-local.local");
  let isRunning = true;
  let calls = 0;
  const errors: unknown[] = [];
  onTestFinished(() => {
    isRunning = false;
    client.close();
  });
  const callers = Array.from({ length: 4 }, async () => {
    for (; isRunning; calls += 1) {
      await check(client).catch((error: unknown) => errors.push(error));
      await delay(systemClock, PACE_MS);
    }
  });
  await delay(systemClock, RESOLUTION_MS); // as long after its last question as a client is that has run for a while

  await cloud.roll("workflow-agent");
  while (cloud.tasks("workflow-agent").some(({ id }) => before.includes(id))) await delay(systemClock, PACE_MS);
  isRunning = false;
  await Promise.all(callers);

  expect(errors).toEqual([]);
  expect(calls).toBeGreaterThan(500);
});
