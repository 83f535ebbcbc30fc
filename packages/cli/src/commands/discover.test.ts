import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
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

/** A peer with which a connection becomes ready. */
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

it("prints the endpoints of a target and which of them answer", async () => {
  const [alive, dead] = [await startPeer(), await closedPort()];
  const { code, out } = await run([`ipv4:${alive},${dead}`]);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`${alive} .*ready`));
  expect(out).toMatch(new RegExp(`${dead} .*transient-failure: .*ECONNREFUSED`));
});

it("reads the variables of a prefix, as a service does", async () => {
  const alive = await startPeer();
  const { code, out } = await run(["WORKFLOW_SERVICE", "--json"], { WORKFLOW_SERVICE_HOST: alive });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    tiers: [{ name: "env", active: true, endpoints: [{ address: alive, connectivity: "ready" }] }],
  });
});

it("exits 1 when nobody answers, and says why", async () => {
  const { code, out } = await run([`ipv4:${await closedPort()}`]);
  expect(code).toBe(1);
  expect(out).toContain("ECONNREFUSED");
});
