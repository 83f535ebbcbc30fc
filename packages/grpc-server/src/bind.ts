import type { AddressInfo, Server } from "node:net";
import { ConfigError } from "./config-error.ts";

/** The address to listen on, and the names of the variables that set it, for the error. */
export interface BindAddress {
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/**
 * Makes a `net` or `http` server listen. `onAcceptError` gets each later failure to accept a connection, for instance
 * without a free file descriptor: that connection is lost, the others continue.
 * @returns the port; for port 0 the one that the system chose
 * @throws ConfigError of one line when the server cannot listen on the address
 */
export async function bind(
  server: Server,
  address: BindAddress,
  onAcceptError: (error: Error) => void = () => {},
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: address.host, port: address.port }, resolve);
  try {
    await promise;
  } catch (error) {
    throw new ConfigError(explain(error, address), { cause: error });
  }
  server.off("error", reject);
  server.on("error", onAcceptError);
  return (server.address() as AddressInfo).port;
}

function explain(error: unknown, { host, port, hostVariable, portVariable }: BindAddress): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  switch (code) {
    case "EADDRINUSE":
      return `${portVariable}=${port}: expected a free port, but ${host}:${port} is taken by another program (0 picks a free one)`;
    case "EACCES":
      return `${portVariable}=${port}: expected a port that this user may bind, but ${host}:${port} is not permitted`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${hostVariable}=${host}: expected an address of this machine (${code})`;
    default:
      return `${hostVariable}=${host}, ${portVariable}=${port}: expected an address to listen on (${code})`;
  }
}
