import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { CERTIFICATE, KEY } from "../../../grpc-client/test/support/certificate.ts";
import { discover } from "./discover.ts";

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const code = await discover.run(args, {
    env,
    cwd: import.meta.dirname,
    out: (line) => out.push(line),
    err: () => {},
    signal: new AbortController().signal,
  });
  return { code, out: out.join("\n") };
}

test("a target is connected over TLS with the CA and the name of the options", async () => {
  const server = createSecureServer({ cert: CERTIFICATE, key: KEY }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "discover-"));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, CERTIFICATE);
  const target = `ipv4:127.0.0.1:${(server.address() as AddressInfo).port}`;

  expect(await run([target, "--tls-ca-file", ca, "--tls-server-name", "workflow-agent.local"])).toMatchObject({
    code: 0,
  });
  const other = await run([target, "--tls-ca-file", ca, "--tls-server-name", "other.local"]);
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining("the server's certificate has another name") });
  const untrusted = await run([target, "--tls"]);
  expect(untrusted).toMatchObject({
    code: 1,
    out: expect.stringContaining("not signed by a CA that this client trusts"),
  });
});

test("a certificate without its key is refused before anything is connected", async () => {
  await expect(run(["ipv4:127.0.0.1:1", "--tls-cert-file", "/dev/null"])).rejects.toThrow(/cert/);
});

/** A server with which a connection becomes ready. */
async function startPeer(): Promise<string> {
  const server = createHttp2Server().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

test("discover prints the endpoints of a target with their connectivity", async () => {
  const [alive, dead] = [await startPeer(), await closedPort()];
  const { code, out } = await run([`ipv4:${alive},${dead}`]);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`${alive} .*ready`));
  expect(out).toMatch(new RegExp(`${dead} .*transient-failure: .*ECONNREFUSED`));
});

test("a prefix is read from its variables, as in a service", async () => {
  const alive = await startPeer();
  const { code, out } = await run(["WORKFLOW_SERVICE", "--json"], { WORKFLOW_SERVICE_HOST: alive });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    tiers: [{ name: "env", active: true, endpoints: [{ address: alive, connectivity: "ready" }] }],
  });
});

test("a cloudmap target is resolved by the API of AWS_ENDPOINT_URL", async () => {
  const alive = await startPeer();
  const [AWS_INSTANCE_IPV4, AWS_INSTANCE_PORT] = alive.split(":");
  const Attributes = { AWS_INSTANCE_IPV4, AWS_INSTANCE_PORT, AVAILABILITY_ZONE: "us-east-1a" };
  const api = createHttpServer((request, response) => {
    request.resume().on("end", () => response.end(JSON.stringify({ Instances: [{ InstanceId: "a", Attributes }] })));
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  onTestFinished(() => void api.close());
  const variables = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: "us-east-1",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, out } = await run(["cloudmap:team.local/agent"]);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`^agent.team.local\n  cloudmap \\(active\\)\n    ${alive} +us-east-1a +ready$`));
});

test("a DNS target without a server asks the server of DNS_SERVER, a target with a server does not", async () => {
  const alive = await startPeer();
  const port = alive.split(":")[1];
  const server = await startNameServer();
  const { code, out } = await run([`dns:///agent.test:${port}`], { DNS_SERVER: server });
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`${alive} .*ready`)) });

  const other = await run([`dns://${server}/agent.test:${port}`], { DNS_SERVER: await closedPort() });
  expect(other.code).toBe(0);
});

/** A name server that answers each question for an IPv4 address with 127.0.0.1, and all others without a record. */
async function startNameServer(): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port }) => {
    const end = query.indexOf(0, 12) + 5; // the name, its type and its class
    const isA = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from([0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([query.subarray(0, 2), head, query.subarray(12, end), isA ? record : Buffer.of()]), port);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

test("without a ready endpoint the exit code is 1, and the output has the reason", async () => {
  const { code, out } = await run([`ipv4:${await closedPort()}`]);
  expect(code).toBe(1);
  expect(out).toContain("ECONNREFUSED");
});
