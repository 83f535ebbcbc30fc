// A load balancer keeps its connections to the gateway open, and may send the next request on one of them at any time.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startTestGateway } from "./test-gateway.ts";

/** The idle timeout of our load balancer. `npm run infra` compares the gateway's own constant with the HCL. */
const BALANCER_IDLE_SECONDS = 120;
const REQUEST = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";

test("the gateway keeps an idle connection for longer than the load balancer does", async () => {
  await using gateway = await startTestGateway();
  const socket = connect(gateway.port, "127.0.0.1");
  const response = await ask(socket, REQUEST);
  expect(Number(/^keep-alive: timeout=(\d+)/im.exec(response)?.[1])).toBeGreaterThan(BALANCER_IDLE_SECONDS);
  socket.destroy();
});

test("the time limit of a request does not run while a connection is idle", async () => {
  await using gateway = await startTestGateway({ requestTimeoutMs: 1_000, checkIntervalMs: 10 });
  const idle = connect(gateway.port, "127.0.0.1");
  expect(await ask(idle, REQUEST)).toMatch(/^HTTP\/1.1 200 /);

  // Begun later, with the same limit: its 408 shows that the limit has passed for the idle connection as well.
  const slow = connect(gateway.port, "127.0.0.1");
  expect(await ask(slow, "GET /health HTTP/1.1\r\nx:")).toMatch(/^HTTP\/1.1 408 /);

  expect(await ask(idle, REQUEST)).toMatch(/^HTTP\/1.1 200 /);
  idle.destroy();
});

/** Sends bytes, and resolves with the first bytes of the response. */
async function ask(socket: Socket, bytes: string): Promise<string> {
  socket.write(bytes);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString();
}
