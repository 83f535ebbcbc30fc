// The files that a cloud writes for other programs while it runs.

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readState } from "../src/index.ts";
import { hasProgram } from "./aws.ts";
import { echoService, startTestCloud, testFolder } from "./support.ts";

const SERVICES = [
  echoService({ balancer: "nlb" }),
  echoService({ name: "api-gateway", port: 8000, protocol: "http", balancer: "alb", desired: 1 }),
];

/** Names of infra/outputs.tf. */
function declaredOutputs(): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "infra", "outputs.tf"), "utf8");
  return [...text.matchAll(/^output "(\w+)"/gm)].map(([, name]) => name ?? "");
}

interface Outputs {
  readonly outputs: Readonly<Record<string, { readonly value: string; readonly type: string }>>;
}

test("the folder has the addresses and the outputs of infra/outputs.tf, and is empty after the end of the cloud", async () => {
  const stateFolder = testFolder();
  const cloud = await startTestCloud({ services: SERVICES, stateFolder });
  expect(readState(stateFolder)).toEqual({
    name: "agent-team-local",
    pid: process.pid,
    apiUrl: cloud.apiUrl,
    dnsServer: cloud.dnsServer,
    region: "local-1",
  });
  const { outputs } = JSON.parse(readFileSync(join(stateFolder, "infra", "terraform.tfstate"), "utf8")) as Outputs;
  expect(declaredOutputs()).toContain("ecs_cluster_name");
  expect(Object.keys(outputs).toSorted()).toEqual(declaredOutputs().toSorted());
  for (const [name, { value, type }] of Object.entries(outputs)) {
    const isEmpty = name === "deployer_role_arn";
    expect({ name, type, empty: value === "" }).toEqual({ name, type: "string", empty: isEmpty });
  }
  await cloud.close();
  expect(readState(stateFolder)).toBeUndefined();
  expect(existsSync(join(stateFolder, "infra"))).toBe(false);
});

test("terraform reads the state without init", async ({ skip }) => {
  if (!hasProgram("terraform")) skip("no terraform in PATH: the state is not read");
  const stateFolder = testFolder();
  await startTestCloud({ services: SERVICES, stateFolder });
  // The machine's own configuration may refer to a missing file.
  const env = { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" };
  for (const [name, expected] of [
    ["ecs_cluster_name", /^agent-team-local$/],
    ["grpc_load_balancer_endpoint", /^127\.[\d.]+:50051$/],
    ["security_group_ids", /^(sg-[0-9a-f]{17} ){5}sg-[0-9a-f]{17}$/],
  ] as const) {
    const options = { cwd: join(stateFolder, "infra"), env };
    expect((await promisify(execFile)("terraform", ["output", "-raw", name], options)).stdout).toMatch(expected);
  }
});

test("without stateFolder nothing is written", async () => {
  const folder = testFolder();
  const cloud = await startTestCloud({ services: [echoService({ desired: 0 })], logFolder: join(folder, "logs") });
  await cloud.close();
  expect(readState(folder)).toBeUndefined();
});
