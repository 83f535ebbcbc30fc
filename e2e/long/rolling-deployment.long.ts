/**
 * A rolling deployment with the real delays: DNS with a TTL of 10 s that lags 2 s behind, a lame-duck of the real length. The
 * caller is grpc-js with its defaults, which asks DNS again only when it loses its connection, and then not for 30 s.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { cloudOfTest, type TestCloud } from "../test/support/cloud.ts";

const CLIENT = join(import.meta.dirname, "..", "peers", "grpc-js-client.ts");

/** Any answer shows that the call arrived; the health service answers while a server drains, too. */
const PATH = "/agentteam.workflow.v1.WorkflowEngineService/ListNodeTypes";

test("a deployment of the engine costs a default grpc-js client no call", { timeout: 400_000 }, async () => {
  await using cloud = await cloudOfTest("127.43.0.0/16", { speed: 1 });
  await cloud.setDesired("workflow-engine", 2);
  const { host, port } = cloud.dnsServer;
  const target = `dns://${host}:${port}/workflow-engine.${cloud.namespace}:50050`;
  // Without it grpc-js ignores the server in the target's authority.
  const env = { ...process.env, GRPC_NODE_USE_ALTERNATIVE_RESOLVER: "true" };
  const child = spawn(process.execPath, [CLIENT, target, PATH], { env, stdio: ["pipe", "pipe", "inherit"] });
  const output = text(child.stdout);
  const before = cloud.tasks("workflow-engine").map(({ id }) => id);

  const gone = untilEnded(cloud, before);
  await cloud.roll("workflow-engine");
  await gone;
  child.stdin.end();
  await once(child, "exit");

  const { codes, failures } = JSON.parse(await output) as { codes: Record<string, number>; failures: string[] };
  console.log(`rolling deployment under a default grpc-js client: ${JSON.stringify(codes)}`);
  expect(failures).toEqual([]);
  expect(Object.keys(codes)).toEqual(["OK"]);
  expect(codes["OK"]).toBeGreaterThan(1_000);
});

/** Resolves when all these tasks have ended. */
function untilEnded(cloud: TestCloud, ids: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const left = new Set(ids);
  const unsubscribe = cloud.subscribe((event) => {
    if (event.kind !== "task-changed" || event.task.state !== "stopped") return;
    left.delete(event.task.id);
    if (left.size > 0) return;
    unsubscribe();
    resolve();
  });
  return promise;
}
