/**
 * `npm run fuzz:gateway [-- --count N] [--seed N]`: N requests, by default 10,000, that follow `/openapi.json`, to a gateway of a local cloud. Each
 * answer must be what the document says, without a 5xx and without an internal address. The last line is `N requests, N failed`. Exit 0:
 * none failed. 1: some did.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startLocalCloud } from "@agent-team/local-cloud";
import { fuzzGateway } from "./run.ts";

const PRINTED = 20;

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const logFolder = await mkdtemp(join(tmpdir(), "fuzz-gateway-"));
try {
  await using cloud = await startLocalCloud({
    vpc: "127.55.0.0/16",
    publishedPort: 0,
    apiPort: 0,
    speed: 10,
    logFolder,
  });
  const { findings, answers } = await fuzzGateway(String(cloud.url), seed, count);
  for (const name of [...answers.keys()].toSorted()) console.log(`${name}: ${answers.get(name)}`);
  for (const { operationId, sent, fault } of findings.slice(0, PRINTED))
    console.log(`seed ${seed}: ${operationId}: ${fault}\n  ${sent.init.method} ${sent.url} ${sent.init.body ?? ""}`);
  console.log(`${count} requests, ${findings.length} failed`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  await rm(logFolder, { recursive: true, force: true });
}
