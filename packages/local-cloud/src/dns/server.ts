import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import type { Question } from "dns-packet";
import { closeServer, listen } from "../listen.ts";
import type { Reply } from "./answer.ts";
import { respond } from "./respond.ts";

/** A TCP connection without a message for this long is closed. */
const IDLE_TIMEOUT_MS = 10_000;

export interface DnsServer {
  readonly address: HostPort;
  close(): Promise<void>;
}

/** Listens on UDP and TCP at the same port and answers each question with `answer`. No message of a client ends it. */
export async function startDnsServer(address: HostPort, answer: (question: Question) => Reply): Promise<DnsServer> {
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serveTcp(socket, answer);
  });
  // TCP first: with port 0 it picks the port, and UDP binds the same number.
  const bound = await listen(tcp, address);
  let udp: UdpSocket;
  try {
    udp = await bindUdp(bound, answer);
  } catch (error) {
    await closeServer(tcp);
    throw error;
  }
  return {
    address: bound,
    async close() {
      udp.close();
      for (const socket of connections) socket.destroy();
      await closeServer(tcp);
    },
  };
}

async function bindUdp({ host, port }: HostPort, answer: (question: Question) => Reply): Promise<UdpSocket> {
  const udp = createSocket("udp4");
  udp.on("message", (message, peer) => {
    const response = respond(message, "udp", answer);
    // Without the callback, the error for a client that has gone would be thrown.
    if (response !== undefined) udp.send(response, peer.port, peer.address, () => {});
  });
  const listening = once(udp, "listening");
  udp.bind(port, host);
  try {
    await listening;
  } catch (error) {
    udp.close();
    throw error;
  }
  // An ICMP "port unreachable" of one client must not end the server.
  udp.on("error", () => {});
  return udp;
}

/** RFC 1035 4.2.2: "The message is prefixed with a two byte length field". A connection can carry several. */
function serveTcp(socket: Socket, answer: (question: Question) => Reply): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  // Resolvers send their queries at once and close; an idle connection is closed for them.
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const response = respond(received.subarray(2, end), "tcp", answer);
      received = received.subarray(end);
      if (response === undefined) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(response.length);
      socket.write(Buffer.concat([length, response]));
    }
  });
}
