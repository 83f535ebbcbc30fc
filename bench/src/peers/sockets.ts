import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { addressOf } from "../running-peers.ts";

/** A bare socket to each address: what any connection of Node costs. A `call` ends when all are open. */
export function createSocketsPeer({ addresses, ca }: PeerTarget): Peer {
  const sockets = addresses.map((address) => {
    const { host, port } = addressOf(address);
    if (ca === undefined) return connect({ host, port, noDelay: true });
    return connectTls({ host, port, ca, servername: SERVER_NAME, ALPNProtocols: ["h2"] });
  });
  const open = Promise.all(sockets.map((socket) => once(socket, ca === undefined ? "connect" : "secureConnect")));
  return {
    call: async () => void (await open),
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
