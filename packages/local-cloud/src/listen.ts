import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";

/** Listens and resolves to the bound address (port 0 asks for a free port). Rejects with the system's error. */
export async function listen(server: Server, address: HostPort): Promise<HostPort> {
  // `once` rejects on "error", the event of a failed bind.
  const listening = once(server, "listening");
  server.listen(address.port, address.host);
  await listening;
  return { host: address.host, port: (server.address() as AddressInfo).port };
}

/** Stops accepting and resolves when the last connection has closed. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  await closed;
}
