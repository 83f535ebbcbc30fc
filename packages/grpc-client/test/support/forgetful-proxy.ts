/**
 * A TCP proxy on loopback, in place of a NAT or a load balancer. On request it forgets the connections that exist: what a side sends
 * on them is dropped, or answered with RST. New connections are forwarded.
 */

import * as net from "node:net";
import { Peer } from "./hostile-peers.ts";

export type Forgetting = "drops" | "resets";

export class ForgetfulProxy implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #peer: Peer;
  readonly #flows: Set<Flow>;

  private constructor(peer: Peer, flows: Set<Flow>) {
    this.#peer = peer;
    this.#flows = flows;
    this.host = peer.host;
    this.port = peer.port;
  }

  static async start(
    to: { readonly host: string; readonly port: number },
    host = "127.0.0.1",
  ): Promise<ForgetfulProxy> {
    const flows = new Set<Flow>();
    const server = net.createServer({ noDelay: true }, (near) =>
      flows.add(new Flow(near, net.connect({ host: to.host, port: to.port, noDelay: true }))),
    );
    return new ForgetfulProxy(await Peer.listen(server, host), flows);
  }

  /** Connections it has accepted so far. */
  get accepted(): number {
    return this.#peer.accepted;
  }

  forget(how: Forgetting): void {
    for (const flow of this.#flows) flow.forgotten = how;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const flow of this.#flows) flow.destroy();
    await this.#peer[Symbol.asyncDispose]();
  }
}

class Flow {
  forgotten: Forgetting | undefined;
  readonly #near: net.Socket;
  readonly #far: net.Socket;

  constructor(near: net.Socket, far: net.Socket) {
    this.#near = near;
    this.#far = far;
    this.#forward(near, far);
    this.#forward(far, near);
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #forward(from: net.Socket, to: net.Socket): void {
    from.on("error", () => {}); // "close" follows
    from.on("close", () => to.destroy());
    from.on("data", (bytes) => {
      if (this.forgotten === undefined) to.write(bytes);
      else if (this.forgotten === "resets") from.resetAndDestroy();
    });
  }
}
