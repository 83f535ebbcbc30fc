/** An HTTP proxy on loopback that opens tunnels by CONNECT and records what it was asked. It looks names up in a table of its own. */

import * as net from "node:net";
import { Peer } from "./hostile-peers.ts";

export interface ConnectProxyOptions {
  /** Where `host:port` of a CONNECT leads; an address that is not here is connected to as it is. */
  readonly table?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** What it answers instead of a tunnel; empty: nothing, ever. */
  readonly answer?: string;
  /** Bytes of the server that leave in one chunk with the answer, once the server has sent some. Default false. */
  readonly waitsForServer?: boolean;
}

export class ConnectProxy implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The requests, whole, with their line breaks as `|`. */
  readonly requests: string[];
  readonly #peer: Peer;

  private constructor(peer: Peer, requests: string[]) {
    this.#peer = peer;
    this.requests = requests;
    this.host = peer.host;
    this.port = peer.port;
  }

  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const requests: string[] = [];
    const server = net.createServer((near) => {
      near.on("error", () => {}); // "close" follows
      near.once("data", (bytes) => {
        const request = bytes.toString("latin1");
        requests.push(request.trimEnd().replaceAll("\r\n", "|"));
        if (options.answer === undefined) tunnel(near, /^CONNECT (\S+)/.exec(request)?.[1] ?? "", options);
        else near.write(options.answer);
      });
    });
    return new ConnectProxy(await Peer.listen(server, "127.0.0.1"), requests);
  }

  /** `127.0.0.1:43210` */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\nX-Proxy: test\r\n\r\n";

function tunnel(near: net.Socket, address: string, { table = {}, waitsForServer = false }: ConnectProxyOptions): void {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  const far = net.connect(table[address] ?? { host, port: Number(port) });
  far.on("error", () => near.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  far.on("close", () => near.destroy());
  near.on("close", () => far.destroy());
  far.once("connect", () => {
    near.pipe(far);
    if (!waitsForServer) near.write(ESTABLISHED);
    else
      far.once("data", (bytes) => {
        near.write(Buffer.concat([Buffer.from(ESTABLISHED), bytes]));
        far.pipe(near);
      });
    if (!waitsForServer) far.pipe(near);
  });
}
