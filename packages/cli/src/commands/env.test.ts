import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentTeamServices, type ServiceDefinition, startLocalCloud } from "@agent-team/local-cloud";
import { expect, onTestFinished, test } from "vitest";
import { agentTeam } from "../agent-team.ts";

// An address block that no other test process of this run has.
const TEST_VPC = `127.${40 + ((process.ppid * 16 + Number(process.env["VITEST_POOL_ID"] ?? 0)) % 200)}.0.0/16`;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-env-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function run(cwd: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const { signal } = new AbortController();
  const context = {
    env: {},
    cwd,
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    signal,
  };
  const code = await agentTeam(["env"], context);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** A folder with the record of a cloud that has ended: process id 4711, API at `apiUrl`. */
function folderOfDeadCloud(apiUrl: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, ".local-cloud"));
  const record = { name: "gone", pid: 4_711, apiUrl, dnsServer: { host: "127.0.0.1", port: 1 }, region: "local-1" };
  writeFileSync(join(folder, ".local-cloud", "cloud.json"), JSON.stringify(record));
  return folder;
}

const ENDED = {
  code: 1,
  out: "",
  err: 'agent-team env: the local cloud gone (pid 4711) has ended. Start one with "npm start", then try again.',
};

test("env prints a script for a POSIX shell, also in a subfolder, and nothing after the cloud has ended", async () => {
  const folder = temporaryFolder();
  const stateFolder = join(folder, ".local-cloud");
  const cloud = await startLocalCloud({
    vpc: TEST_VPC,
    services: [],
    apiPort: 0,
    logFolder: join(stateFolder, "logs"),
    stateFolder,
  });
  onTestFinished(() => cloud.close());
  const { code, out, err } = await run(join(stateFolder, "infra"));
  expect({ code, err }).toEqual({ code: 0, err: "" });

  // Stand-ins that print their arguments: the test covers the functions of the shell.
  const bin = temporaryFolder();
  for (const name of ["nslookup", "dig"]) writeFileSync(join(bin, name), '#!/bin/sh\necho "$0 $@"\n', { mode: 0o755 });
  const variables = "$AWS_ENDPOINT_URL $AWS_DISABLE_HOST_PREFIX_INJECTION $AWS_REGION $AWS_DEFAULT_REGION $DNS_SERVER";
  const script = `eval "$1"; echo "${variables}"; echo "[$AWS_PAGER][$AWS_SESSION_TOKEN]"; nslookup a.b; dig +short a.b; grpc_health_probe -addr=x || echo "exit $?"`;
  const env = { PATH: `${bin}:${process.env["PATH"]}`, AWS_SESSION_TOKEN: "of another account" };
  const { stdout } = await promisify(execFile)("sh", ["-c", script, "sh", out], { env });
  const { host, port } = cloud.dnsServer;
  expect(stdout.split("\n")).toEqual([
    `${cloud.apiUrl} true local-1 local-1 ${host}:${port}`,
    "[][]",
    `${join(bin, "nslookup")} -port=${port} a.b ${host}`,
    `${join(bin, "dig")} @${host} -p ${port} +short a.b`,
    "exit 1",
    "",
  ]);

  await cloud.close();
  expect(await run(folder)).toMatchObject({ code: 1, out: "" });
});

test("without a cloud env prints one line with the remedy", async () => {
  const err = 'agent-team env: no local cloud runs in this folder. Start one with "npm start", then try again.';
  expect(await run(temporaryFolder())).toEqual({ code: 1, out: "", err });
});

test("the record of a cloud that was killed is recognised when its port is closed, or has another program", async () => {
  const otherProgram = createServer((_request, response) => response.end('{"pid":1}')).listen(0, "127.0.0.1");
  await once(otherProgram, "listening");
  const url = `http://127.0.0.1:${(otherProgram.address() as AddressInfo).port}`;
  expect(await run(folderOfDeadCloud(url))).toEqual(ENDED);
  otherProgram.close();
  otherProgram.closeAllConnections();
  await once(otherProgram, "close");
  expect(await run(folderOfDeadCloud(url))).toEqual(ENDED);
});

test("a program that listens on the port and does not respond counts as an ended cloud", async () => {
  const sockets = new Set<Socket>();
  const silent = createTcpServer((socket) => void sockets.add(socket)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  await once(silent, "listening");
  expect(await run(folderOfDeadCloud(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`))).toEqual(ENDED);
});

test("an incomplete record counts as no cloud", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, ".local-cloud"));
  writeFileSync(join(folder, ".local-cloud", "cloud.json"), '{"name":"x","pi');
  expect(await run(folder)).toMatchObject({ code: 1, out: "" });
});

test("with TLS env prints the variables of clients, and the probe uses the operator's certificate", async () => {
  const folder = temporaryFolder();
  const stateFolder = join(folder, ".local-cloud");
  const logFolder = join(stateFolder, "logs");
  const services = [{ ...agentTeamServices()[1], desired: 0 }] as readonly ServiceDefinition[];
  await using _ = await startLocalCloud({ vpc: TEST_VPC, services, tls: true, apiPort: 0, logFolder, stateFolder });
  const { out } = await run(folder);
  const certificate = join(stateFolder, "tls", "operator.pem");
  expect(out).toContain(`export WORKFLOW_SERVICE_TLS_CERT_FILE='${certificate}'`);
  expect(out).toContain("export WORKFLOW_SERVICE_TLS_SERVER_NAME='workflow-agent.agent-team-local.local'");
  expect(out).toMatch(
    new RegExp(
      `grpc_health_probe\\(\\) .* '-tls' .*'-tls-client-cert=${certificate}' .*'-tls-server-name=agent-team-local.local'`,
    ),
  );
});
