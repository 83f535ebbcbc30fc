/**
 * The server that all peers call. Its argument is `LoadServerOptions` as JSON. It says what it used, so that a report shows whether
 * clients waited for it.
 */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";
import { type Handler, LoadConnection } from "./load-connection.ts";

/** More than any peer has in flight, so that none waits for room. */
const MAX_STREAMS = 1_000;

/** How the server is started. */
export interface LoadServerOptions {
  /** On how many it listens: each plays a task. */
  readonly ports: number;
  /** With them it speaks TLS. PEM. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined;
}

const { ports, identity } = JSON.parse(process.argv[2] as string) as LoadServerOptions;
let calls = 0;

/** Any method: returns the request's message. */
const echo: Handler = (call, part) => {
  if (part !== undefined) return void call.kept.push(part);
  calls++;
  call.send(call.kept.length === 1 ? (call.kept[0] as Buffer) : Buffer.concat(call.kept));
  call.end();
};

function serve(socket: Socket): void {
  new LoadConnection(socket, MAX_STREAMS, () => echo);
}

function createListener(): Server {
  if (identity === undefined) return createServer(serve);
  return createTlsServer({ cert: identity.certificate, key: identity.key, ALPNProtocols: ["h2"] }, serve);
}

/** Resolves to the address, `host:port`, with a port that was free. */
async function listen(host: string): Promise<string> {
  const server = createListener().listen(0, host);
  await once(server, "listening");
  return `${host}:${(server.address() as AddressInfo).port}`;
}

/** Like tasks of two zones: in turn on two addresses. Not every system knows all of 127.0.0.0/8; then only the ports differ. */
const addresses: string[] = [];
for (let i = 0; i < ports; i++) addresses.push(await listen(`127.0.0.${1 + (i % 2)}`).catch(() => listen("127.0.0.1")));

/** What the load server answers to any question: where it listens, and what it has done and used since it started. */
export interface LoadServerReport {
  readonly addresses: readonly string[];
  readonly calls: number;
  readonly cpuMicros: number;
}

answerParent((): LoadServerReport => ({ addresses, calls, cpuMicros: cpuMicros() }));
