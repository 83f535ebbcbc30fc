// Peers that are not a Redis, or a Redis with a fault: a test puts them before the real Redis, or in its place.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

interface Peer {
  readonly url: string;
  /** How many connections it has accepted. */
  readonly accepted: number;
}

/** Listens until the end of the test. */
async function peer(onConnection: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => socket.destroy()); // the other side may reset the connection
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
  };
}

/** Closes each connection at once. */
export function closingPeer(): Promise<Peer> {
  return peer((socket) => socket.destroy());
}

/** Accepts and sends nothing. */
export function silentPeer(): Promise<Peer> {
  return peer((socket) => void socket.resume());
}

/** Answers each request with these bytes. */
export function answeringPeer(bytes: string): Promise<Peer> {
  return peer((socket) => socket.on("data", () => void socket.write(bytes)));
}

/** The handshake of a Redis 6.2: HELLO names its version, and it cannot read our scripts. */
export function redis6(): Promise<Peer> {
  const hello = ["server", "redis", "version", "6.2.14", "mode", "standalone", "role", "master"];
  const answer = `*${hello.length}\r\n${hello.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
  const refusal = "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'\r\n";
  return peer((socket) => {
    socket.once("data", () => void socket.write(`${answer}$0\r\n\r\n${refusal}`));
  });
}

/** Between a journal and its Redis; can lose an answer of Redis. */
export interface ForgetfulProxy extends Peer {
  /** Loses the next answer and its connection; new connections work. */
  loseNextAnswer(): void;
}

export async function forgetfulProxy(redisPort: number): Promise<ForgetfulProxy> {
  let loses = false;
  const proxy = await peer((socket) => {
    const redis = connect(redisPort, "127.0.0.1");
    redis.on("error", () => socket.destroy());
    redis.once("close", () => socket.destroy());
    socket.once("close", () => redis.destroy());
    socket.pipe(redis);
    redis.on("data", (chunk) => {
      if (!loses) return void socket.write(chunk);
      loses = false;
      socket.destroy();
    });
  });
  return Object.assign(proxy, {
    loseNextAnswer: () => {
      loses = true;
    },
  });
}
