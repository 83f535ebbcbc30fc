import { createServer } from "node:net";
import { expect, test } from "vitest";
import { bind } from "../bind.ts";
import { startSidePort } from "./side-port.ts";

const HOST = "127.0.0.1";

test("livez is always 200, readyz follows isReady, metrics ends with the given text", async () => {
  let ready = true;
  const sidePort = await startSidePort({ host: HOST, port: 0, isReady: () => ready, metrics: () => "up 1\n" });
  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://${HOST}:${sidePort.port}${path}`, init);

  expect((await get("/livez")).status).toBe(200);
  expect((await get("/readyz?verbose")).status).toBe(200);
  ready = false;
  expect((await get("/livez")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(503);
  expect(await (await get("/metrics")).text()).toMatch(/\nup 1\n$/);
  await sidePort.close();
});

test("each path that the 404 answer names is served, also without metrics of the program", async () => {
  const sidePort = await startSidePort({ host: HOST, port: 0, isReady: () => true });
  const url = `http://${HOST}:${sidePort.port}`;

  const unknown = await fetch(`${url}/`);
  expect(unknown.status).toBe(404);
  const named = (await unknown.text()).match(/\/\w+/g) ?? [];
  expect(named).toEqual(["/livez", "/readyz", "/metrics"]);
  for (const path of named) expect((await fetch(url + path)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^process_start_time_seconds \d{10}\.\d{3}$/m);
  await sidePort.close();
});

test("readyz answers the lines of describe", async () => {
  const describe = (): readonly string[] => ["ready", "store: away"];
  const sidePort = await startSidePort({ host: HOST, port: 0, isReady: () => true, describe });
  const response = await fetch(`http://${HOST}:${sidePort.port}/readyz`);

  expect([response.status, await response.text()]).toEqual([200, "ready\nstore: away\n"]);
  await sidePort.close();
});

test("a POST is 405", async () => {
  const sidePort = await startSidePort({ host: HOST, port: 0, isReady: () => true });
  const post = await fetch(`http://${HOST}:${sidePort.port}/livez`, { method: "POST" });

  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  await sidePort.close();
});

test("a taken port is one line that names the variable and the address", async () => {
  const other = createServer();
  const port = await bind(other, { host: HOST, port: 0, hostVariable: "H", portVariable: "P" });

  await expect(startSidePort({ host: HOST, port, isReady: () => true })).rejects.toMatchObject({
    name: "ConfigError",
    message: `HEALTH_PORT=${port}: expected a free port, but ${HOST}:${port} is taken by another program (0 picks a free one)`,
  });
  other.close();
});

test("an address of another machine is one line that names the host", async () => {
  // 192.0.2.0/24 is reserved for documentation: no machine has such an address.
  await expect(startSidePort({ host: "192.0.2.1", port: 0, isReady: () => true })).rejects.toMatchObject({
    message: "HEALTH_HOST=192.0.2.1: expected an address of this machine (EADDRNOTAVAIL)",
  });
});
