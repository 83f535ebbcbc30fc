import { connect, createServer, type Socket } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { closeServer, listen } from "../listen.ts";
import { reset } from "./reset.ts";
import { splice } from "./splice.ts";
import type { TargetGroup } from "./target-group.ts";

export interface TcpBalancer {
  readonly address: HostPort;
  /** Resets every connection. */
  close(): Promise<void>;
}

/**
 * Forwards each new connection to one target of `group` until it closes, so that all calls of an HTTP/2 connection reach the
 * same task. `refuse` ends a connection for which there is no target, or for which the target did not accept one.
 */
export async function startTcpBalancer(
  address: HostPort,
  group: TargetGroup,
  refuse: (client: Socket) => void,
): Promise<TcpBalancer> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    track(client).on("error", () => client.destroy());
    const target = group.pick();
    if (target === undefined) return refuse(client);
    const upstream = track(connect({ host: target.host, port: target.port, allowHalfOpen: true }));
    const onConnectError = (): void => refuse(client);
    const onClientClosed = (): void => void upstream.destroy();
    upstream.once("error", onConnectError);
    client.once("close", onClientClosed);
    upstream.once("connect", () => {
      upstream.off("error", onConnectError);
      client.off("close", onClientClosed);
      splice(client, upstream);
    });
  });
  const bound = await listen(server, address);
  return {
    address: bound,
    async close() {
      for (const socket of sockets) reset(socket);
      await closeServer(server);
    },
  };
}
