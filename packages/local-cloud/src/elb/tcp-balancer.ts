import { connect, createServer, type Socket } from "node:net";
import type { HostPort } from "../host-port.ts";
import { closeServer, listen } from "../listen.ts";
import { reset } from "./reset.ts";
import { splice } from "./splice.ts";
import type { TargetGroup } from "./target-group.ts";

export interface TcpBalancer {
  readonly address: HostPort;
  /** Resets every flow. */
  close(): Promise<void>;
}

/**
 * Gives each new connection to one target of `group` and never moves it: that is why all calls of an HTTP/2
 * connection meet the same task. `refuse` ends a connection that found no target or whose target did not accept.
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
    const didNotConnect = (): void => refuse(client);
    const clientLeft = (): void => void upstream.destroy();
    upstream.once("error", didNotConnect);
    client.once("close", clientLeft);
    upstream.once("connect", () => {
      upstream.off("error", didNotConnect);
      client.off("close", clientLeft);
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
