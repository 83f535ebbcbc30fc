import { once } from "node:events";
import { unlink } from "node:fs/promises";
import { type AddressInfo, connect, type Server } from "node:net";
import { ConfigError } from "./config-error.ts";

/** The address to listen on, and the names of the variables that set it, for the error. */
export interface BindAddress {
  /** An address or a name, or `unix:/path` of a socket; then the port means nothing. */
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

const UNIX = "unix:";

/**
 * Makes a `net` or `http` server listen. `onAcceptError` gets each later failure to accept a connection, for instance
 * without a free file descriptor: that connection is lost, the others continue. The socket of a program that has been killed is
 * replaced.
 * @returns the port; for port 0 the one that the system chose, for a Unix socket 0
 * @throws ConfigError of one line when the server cannot listen on the address
 */
export async function bind(
  server: Server,
  address: BindAddress,
  onAcceptError: (error: Error) => void = () => {},
): Promise<number> {
  const path = unixPathOf(address.host);
  try {
    if (path === undefined) await listen(server, { host: address.host, port: address.port });
    else await listenOnPath(server, path);
  } catch (error) {
    throw new ConfigError(path === undefined ? explain(error, address) : explainPath(error, address), { cause: error });
  }
  server.on("error", onAcceptError);
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

/** The path of `unix:/path`; undefined for an address of a network. */
export function unixPathOf(host: string): string | undefined {
  return host.startsWith(UNIX) ? host.slice(UNIX.length) : undefined;
}

type Where = { readonly host: string; readonly port: number } | { readonly path: string };

async function listen(server: Server, where: Where): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(where, resolve);
  try {
    await promise;
  } finally {
    server.off("error", reject);
  }
}

async function listenOnPath(server: Server, path: string): Promise<void> {
  try {
    await listen(server, { path });
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE" || (await isServed(path))) throw error;
    await unlink(path);
    await listen(server, { path });
  }
}

/** Whether a program accepts on this socket. A killed one leaves its file. */
async function isServed(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return codeOf(error) !== "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function explainPath(error: unknown, { host, hostVariable }: BindAddress): string {
  const code = codeOf(error);
  const reason = code === "EADDRINUSE" ? "another program serves it" : code;
  return `${hostVariable}=${host}: expected a path where this user may make a socket (${reason})`;
}

function explain(error: unknown, { host, port, hostVariable, portVariable }: BindAddress): string {
  const code = codeOf(error);
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
