import { createServer } from "node:net";
import { expect, test } from "vitest";
import { bind } from "./lifecycle/bind.ts";
import { startSidePort } from "./side-port.ts";

const host = "127.0.0.1";

test("livez is 200 whatever happens, readyz follows isReady, metrics is the given text", async () => {
  let ready = true;
  const sidePort = await startSidePort({ host, port: 0, isReady: () => ready, metrics: () => "up 1\n" });
  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://${host}:${sidePort.port}${path}`, init);

  expect((await get("/livez")).status).toBe(200);
  expect((await get("/readyz?verbose")).status).toBe(200);
  ready = false;
  expect((await get("/livez")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(503);
  expect(await (await get("/metrics")).text()).toBe("up 1\n");
  await sidePort.close();
});

test("what it does not know is 404, and writing is 405", async () => {
  const sidePort = await startSidePort({ host, port: 0, isReady: () => true });
  const url = `http://${host}:${sidePort.port}`;

  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  const post = await fetch(`${url}/livez`, { method: "POST" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  await sidePort.close();
});

test("a taken port is one line that names the variable and the address", async () => {
  const other = createServer();
  const port = await bind(other, { host, port: 0, hostVariable: "H", portVariable: "P" });

  await expect(startSidePort({ host, port, isReady: () => true })).rejects.toMatchObject({
    name: "ConfigError",
    message: `HEALTH_PORT=${port}: expected a free port, but ${host}:${port} is taken by another program (0 picks a free one)`,
  });
  other.close();
});

test("an address of another machine is one line that names the host", async () => {
  // 192.0.2.0/24 is reserved for documentation: no machine has it.
  await expect(startSidePort({ host: "192.0.2.1", port: 0, isReady: () => true })).rejects.toMatchObject({
    message: "HEALTH_HOST=192.0.2.1: expected an address of this machine (EADDRNOTAVAIL)",
  });
});
