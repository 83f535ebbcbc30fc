import { once } from "node:events";
import { get } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../test/support.ts";
import { closeServer, listen } from "../listen.ts";
import { startPublishedGateway } from "./alb.ts";
import { startNetworkLoadBalancer } from "./nlb.ts";
import { TargetGroup } from "./target-group.ts";

const anyPort = { host: "127.0.0.1", port: 0 };

async function startTarget(serve: (socket: Socket) => void): Promise<HostPort> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  const address = await listen(server, anyPort);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await closeServer(server);
  });
  return address;
}

function groupOf(...targets: readonly HostPort[]): TargetGroup {
  let next = 0;
  // Round robin: each connection goes to the next target.
  const random = (): number => (next++ % targets.length) / targets.length;
  const group = new TargetGroup({ clock: systemClock, random, checkIntervalMs: 1_000_000 });
  targets.forEach((target, n) => group.register({ id: `t${n}`, ...target, healthPort: 1, zone: "local-1a" }));
  onTestFinished(() => group.close());
  return group;
}

async function connectThrough(group: TargetGroup): Promise<Socket> {
  const balancer = await startNetworkLoadBalancer(anyPort, group);
  onTestFinished(() => balancer.close());
  const socket = connect({ ...balancer.address, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

async function read(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test("a connection keeps its target until it closes", async () => {
  const answerWith = (name: string) => (socket: Socket) => void socket.on("data", () => socket.write(name));
  const group = groupOf(await startTarget(answerWith("a")), await startTarget(answerWith("b")));
  const socket = await connectThrough(group);
  let answers = "";
  socket.on("data", (chunk: Buffer) => (answers += chunk.toString()));
  for (let n = 1; n <= 5; n++) {
    socket.write("?");
    await until(
      () => answers.length,
      (length) => length === n,
    );
  }
  expect(["aaaaa", "bbbbb"]).toContain(answers);
  // A deregistered target keeps its connections.
  group.deregister("t0");
  group.deregister("t1");
  socket.write("?");
  await until(
    () => answers.length,
    (length) => length === 6,
  );
  socket.destroy();
});

test("a half-close is forwarded, and the response after it arrives", async () => {
  const target = await startTarget((socket) => void read(socket).then((text) => socket.end(`got ${text}`)));
  const socket = await connectThrough(groupOf(target));
  socket.end("all of it");
  expect(await read(socket)).toBe("got all of it");
});

test("a reset by the target reaches the client as a reset", async () => {
  const target = await startTarget((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  const socket = await connectThrough(groupOf(target));
  socket.write("x");
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNRESET");
});

test("a reset by the client reaches the target as a reset", async () => {
  const reset = Promise.withResolvers<NodeJS.ErrnoException>();
  const target = await startTarget((socket) => {
    socket.on("error", reset.resolve);
    socket.write("hello");
  });
  const socket = await connectThrough(groupOf(target));
  await once(socket, "data");
  socket.resetAndDestroy();
  expect((await reset.promise).code).toBe("ECONNRESET");
});

test("a reader that does not read slows its writer", async () => {
  let accepted = 0;
  const chunk = Buffer.alloc(64 * 1024);
  const limit = 64 * 1024 * 1024;
  const stalled = Promise.withResolvers<void>();
  const target = await startTarget((socket) => {
    const write = (): void => {
      while (accepted < limit) {
        accepted += chunk.length;
        if (!socket.write(chunk)) return stalled.resolve();
      }
    };
    socket.on("drain", write);
    write();
  });
  const socket = await connectThrough(groupOf(target));
  socket.pause();
  await stalled.promise;
  // The kernel's buffers and ours fill up; without backpressure all 64 MiB would be accepted.
  let before = -1;
  await until(
    async () => {
      const settled = before === accepted;
      before = accepted;
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      return settled;
    },
    (settled) => settled,
  );
  expect(accepted).toBeLessThan(limit / 2);
  socket.destroy();
});

test("the client gets a reset without a registered target, and when the target refuses the connection", async () => {
  for (const targets of [[], [{ host: "127.0.0.1", port: 1 }]]) {
    const balancer = await startNetworkLoadBalancer(anyPort, groupOf(...targets));
    onTestFinished(() => balancer.close());
    const socket = connect(balancer.address);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  }
});

test("the published address answers 503 while no gateway task runs", async () => {
  const balancer = await startPublishedGateway(anyPort, groupOf());
  onTestFinished(() => balancer.close());
  const [response] = await once(get({ ...balancer.address, agent: false }), "response");
  response.resume();
  expect(response).toMatchObject({ statusCode: 503, headers: { "content-type": "application/problem+json" } });
});
