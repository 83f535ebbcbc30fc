// Clients that send no HTTP, that send it too slowly, and that open connections and send nothing.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { startTestGateway } from "./test-gateway.ts";

test.each([
  ["bytes that are not HTTP", "\x16\x03\x01 hello\r\n\r\n", 400, "MALFORMED_REQUEST"],
  [
    "headers over 16 KiB",
    `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${"x".repeat(17_000)}\r\n\r\n`,
    431,
    "HEADERS_TOO_LARGE",
  ],
  ["two hosts", "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nhost: b\r\n\r\n", 400, "MALFORMED_REQUEST"],
  [
    "two credentials",
    "GET /v1/runs HTTP/1.1\r\nhost: localhost\r\nauthorization: a\r\nAuthorization: b\r\n\r\n",
    400,
    "MALFORMED_REQUEST",
  ],
  ["an impossible host", "GET /health HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n", 400, "MALFORMED_REQUEST"],
])("%s get a problem document and the end of the connection", async (_what, bytes, status, reason) => {
  await using gateway = await startTestGateway();
  const answer = await exchange(gateway.port, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain("application/problem+json");
  expect(answer).toContain(`"reason":"${reason}"`);
});

test.each([
  ["headers", "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\nx:"],
  [
    "bytes of a body",
    'POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"spec"',
  ],
])("%s that do not arrive in time get 408", async (_what, bytes) => {
  await using gateway = await startTestGateway({ requestTimeoutMs: 1_000, checkIntervalMs: 10 });
  const answer = await exchange(gateway.port, bytes);
  expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  expect(answer).toContain('"reason":"REQUEST_TIMEOUT"');
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect(gateway.log.filter(({ level }) => level !== "info")).toEqual([]); // a slow caller is not a failure of the gateway
});

test("a caller that disconnects during its body is not logged as a failure", async () => {
  await using gateway = await startTestGateway();
  const socket = connect(gateway.port, "127.0.0.1");
  const head =
    "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100";
  socket.write(`${head}\r\nexpect: 100-continue\r\n\r\n{"spec"`);
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 100 /); // it waits for the rest
  socket.destroy();
  await gateway.logged(({ status }) => status === 499);
  expect(gateway.log.filter(({ level }) => level !== "info")).toEqual([]);
});

test("a body that declares no length is cut at the limit", async () => {
  await using gateway = await startTestGateway();
  const chunk = `10000\r\n${" ".repeat(0x1_0000)}\r\n`;
  const head =
    "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close";
  const answer = await exchange(gateway.port, `${head}\r\n\r\n${chunk.repeat(9)}0\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n/);
  expect(answer).toContain('"reason":"BODY_TOO_LARGE"');
});

test("garbage after a request does not corrupt the response", async () => {
  const finish = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation() {
        yield { sequence: 1, fence: "f", message: "one" };
        await finish.promise;
        yield { sequence: 2, fence: "f", event: { case: "turnCompleted", value: {} } };
      },
    },
  });
  const body = '{"message":"Hi"}';
  const head = `POST /v1/conversations/c/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  const socket = connect(gateway.port, "127.0.0.1");
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    if (!received.includes("one") && (received + chunk).includes("one")) socket.write("garbage garbage\r\n\r\n");
    received += chunk;
  });
  socket.write(`${head}\r\n\r\n${body}`);
  await once(socket, "close");
  finish.resolve();

  expect(received).toContain('"message":"one"');
  expect(received.match(/HTTP\/1.1/g)).toHaveLength(1);
});

test("an event stream has no chunks for a client of HTTP/1.0, and ends with its connection", async () => {
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation({ turnId }) {
        yield { turnId, sequence: 1, fence: "f", event: { case: "turnCompleted", value: {} } };
      },
    },
  });
  const answer = await exchange(gateway.port, "GET /v1/turns/t.1/events HTTP/1.0\r\nhost: localhost\r\n\r\n");
  const [head, body] = answer.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1.1 200 /);
  expect(head).not.toMatch(/^transfer-encoding:/im);
  expect(body).toMatch(/^retry: 1000\nid: t\.1\.1-f\nevent: turn_completed\ndata: .*\n\n$/);
});

test("an event stream that breaks while the response before it is sent breaks its connection after that", async () => {
  const broken = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation({ turnId }) {
        yield { turnId, sequence: 1, fence: "f", message: turnId };
        if (turnId === "t.2") throw new ConnectError("no agent answers", Code.Unavailable);
        await broken.promise;
        yield { turnId, sequence: 2, fence: "f", event: { case: "turnCompleted", value: {} } };
      },
    },
  });
  const requests = ["t.1", "t.2"].map((id) => `GET /v1/turns/${id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const answers = exchange(gateway.port, requests.join(""));
  await gateway.logged(({ detail }) => detail === "no agent answers");
  broken.resolve();
  await expect(answers).rejects.toMatchObject({ code: "ECONNRESET" });
});

/** Opens connections from 127.0.0.9: fewer at once than the kernel keeps for a server that has not accepted them yet. */
async function openSilent(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port, host: "127.0.0.1", localAddress: "127.0.0.9" }));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  for (const socket of sockets) socket.on("error", () => undefined).resume(); // most are closed by the limit
  return sockets;
}

/** Sends bytes, and resolves with the whole response when the server has closed the connection. */
async function exchange(port: number, bytes: string, localAddress = "127.0.0.1"): Promise<string> {
  const socket: Socket = connect({ port, host: "127.0.0.1", localAddress });
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
  socket.write(bytes);
  await once(socket, "close");
  return received;
}

test("4,200 silent connections of one address delay no request of any address", async () => {
  await using gateway = await startTestGateway();
  const silent: Socket[] = [];
  try {
    while (silent.length < 4_200) silent.push(...(await openSilent(gateway.port, 100)));
    for (const localAddress of ["127.0.0.8", "127.0.0.9"]) {
      const request = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
      expect(await exchange(gateway.port, request, localAddress)).toMatch(/^HTTP\/1.1 200 /);
    }
    await vi.waitFor(() => expect(silent.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(1_024));
  } finally {
    for (const socket of silent) socket.destroy();
  }
});

test("a connection beyond the limit gets 503 while all others have a request in flight", async () => {
  const finish = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    env: { MAX_CONNECTIONS_PER_ADDRESS: "1" },
    engine: {
      async listRuns() {
        called.resolve();
        await finish.promise;
        return {};
      },
    },
  });
  const busy = fetch(`${gateway.url}/v1/runs`);
  await called.promise;
  const answer = await exchange(gateway.port, "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
  finish.resolve();

  expect(answer).toMatch(/^HTTP\/1.1 503 .*retry-after: 1\r\n/s);
  expect(answer).toContain('"reason":"TOO_MANY_CONNECTIONS"');
  expect((await busy).status).toBe(200);
});
