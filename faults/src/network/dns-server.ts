/** A name server on loopback with one name, for the addresses and the faults that a scenario gives it. */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { HostPort } from "@agent-team/foundation/host-port";
import { decode, encode, type Packet } from "dns-packet";

/** `empty`: NOERROR without records. `silent`: no answer at all. */
export type DnsBehaviour = "answer" | "empty" | "nxdomain" | "servfail" | "silent";

// RFC 1035 4.1.1: AA in the flags, then RCODE.
const AUTHORITATIVE = 1 << 10;
const SERVFAIL = 2;
const NXDOMAIN = 3;

export class ScriptedDnsServer implements AsyncDisposable {
  behaviour: DnsBehaviour = "answer";
  /** The A records of every name. */
  addresses: readonly string[] = [];
  readonly #ttlSeconds: number;
  readonly #socket: Socket;
  #questions = 0;

  private constructor(socket: Socket, ttlSeconds: number) {
    this.#socket = socket;
    this.#ttlSeconds = ttlSeconds;
    socket.on("message", (message, peer) => this.#didReceive(message, peer));
  }

  static async listen(host: string, ttlSeconds: number): Promise<ScriptedDnsServer> {
    const socket = createSocket("udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    return new ScriptedDnsServer(socket, ttlSeconds);
  }

  get address(): HostPort {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  get questions(): number {
    return this.#questions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #didReceive(message: Buffer, peer: RemoteInfo): void {
    this.#questions++;
    if (this.behaviour === "silent") return;
    const { id, questions } = decode(message);
    const [question] = questions ?? [];
    if (id === undefined || question === undefined) return;
    const answer = this.#answer(question.type, question.name);
    const bytes = encode({ type: "response", id, questions: [question], ...answer });
    this.#socket.send(bytes, peer.port, peer.address, () => {});
  }

  #answer(type: string, name: string): Packet {
    if (this.behaviour === "servfail") return { flags: SERVFAIL };
    if (this.behaviour === "nxdomain") return { flags: AUTHORITATIVE | NXDOMAIN };
    if (this.behaviour === "empty" || type !== "A") return { flags: AUTHORITATIVE };
    const ttl = this.#ttlSeconds;
    return { flags: AUTHORITATIVE, answers: this.addresses.map((data) => ({ type: "A", name, ttl, data })) };
  }
}
