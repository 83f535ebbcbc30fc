import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Returns its port. */
async function startServer(answer: Answer): Promise<number> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("concurrent requests are forwarded one at a time", async () => {
  let inFlight = 0;
  let most = 0;
  // Each response waits for this server: meanwhile another request would come, if it were forwarded.
  const other = await startServer((_, response) => void response.end());
  const port = await startServer(async (_, response) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await (await fetch(`http://127.0.0.1:${other}`)).text();
    inFlight -= 1;
    response.end();
  });
  const askTwenty = async (to: number): Promise<number> => {
    most = 0;
    await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`http://127.0.0.1:${to}`)).text()));
    return most;
  };

  expect(await askTwenty(port)).toBeGreaterThan(1); // without the proxy they are concurrent
  using door = await OneAtATime.before(port);
  expect(await askTwenty(door.port)).toBe(1);
});

test("method, path, body and status are forwarded", async () => {
  const port = await startServer(async (request, response) => {
    const [body] = (await once(request, "data")) as [Buffer];
    response.writeHead(418).end(`${request.method} ${request.url} ${body.toString()}`);
  });
  using door = await OneAtATime.before(port);
  const answer = await fetch(`http://127.0.0.1:${door.port}/a?b=1`, { method: "POST", body: "c" });
  expect([answer.status, await answer.text()]).toEqual([418, "POST /a?b=1 c"]);
});

test("a server that closes a connection ends one request and not the next", async () => {
  const port = await startServer((request, response) => {
    if (request.url === "/bad") response.destroy();
    else response.end("good");
  });
  using door = await OneAtATime.before(port);
  await expect(fetch(`http://127.0.0.1:${door.port}/bad`)).rejects.toThrow("fetch failed");
  expect(await (await fetch(`http://127.0.0.1:${door.port}/good`)).text()).toBe("good");
});
