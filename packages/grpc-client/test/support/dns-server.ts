/** A name server on loopback with records and a behaviour that the test sets. */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { decode, encode, type Packet } from "dns-packet";

/** `answer`: the records. The others are failures of name servers, and their responses to unknown types. */
export type Behaviour = "answer" | "silent" | "garbage" | keyof typeof RCODES;

export interface ServiceData {
  readonly target: string;
  readonly port: number;
  /** Default 1, as in Cloud Map's records. */
  readonly priority?: number;
}

/** RFC 1035 4.1.1: AA in the header's flags, then RCODE. */
const AUTHORITATIVE = 1 << 10;
const RCODES = { servfail: 2, nxdomain: 3, notimp: 4, refused: 5 } as const;

export class TestDnsServer {
  behaviour: Behaviour = "answer";
  /** Every query, such as `A name`, oldest first. */
  readonly queries: string[] = [];
  readonly #socket: Socket;
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #services = new Map<string, readonly ServiceData[]>();
  readonly #failing = new Map<string, Behaviour>();
  readonly #ofType = new Map<string, Behaviour>();
  #ttl = 10;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (message, peer) => this.#didReceive(message, peer));
  }

  static async listen(): Promise<TestDnsServer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new TestDnsServer(socket);
  }

  get address(): HostPort {
    return { host: "127.0.0.1", port: this.#socket.address().port };
  }

  /** Sets the A and AAAA records of a name. */
  setAddresses(name: string, addresses: readonly string[], ttlSeconds = 10): void {
    this.#addresses.set(name, addresses);
    this.#ttl = ttlSeconds;
  }

  /** Sets the SRV records of a name. */
  setServices(name: string, services: readonly ServiceData[]): void {
    this.#services.set(name, services);
  }

  /** Removes every record. */
  forget(): void {
    this.#addresses.clear();
    this.#services.clear();
  }

  /** Makes queries for this name fail. */
  failFor(name: string, how: Behaviour = "servfail"): void {
    this.#failing.set(name, how);
  }

  /** Sets the behaviour for queries of one type. */
  behaveFor(type: "A" | "AAAA" | "SRV", behaviour: Behaviour): void {
    this.#ofType.set(type, behaviour);
  }

  /** Resolves when the next query has come. */
  async nextQuery(): Promise<void> {
    await once(this.#socket, "message");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #didReceive(message: Buffer, peer: RemoteInfo): void {
    const query = decode(message);
    const question = query.questions?.[0];
    this.queries.push(`${question?.type} ${question?.name}`);
    const behaviour =
      this.#failing.get(question?.name ?? "") ?? this.#ofType.get(question?.type ?? "") ?? this.behaviour;
    switch (behaviour) {
      case "silent":
        return;
      case "garbage":
        // The id of the query, then bytes that are no header.
        return this.#send(Buffer.concat([message.subarray(0, 2), Buffer.alloc(40, 0xff)]), peer);
      case "answer":
        return this.#reply(query, this.#answer(question?.type, question?.name ?? ""), peer);
      case "servfail":
      case "nxdomain":
      case "notimp":
      case "refused":
        return this.#reply(query, { flags: AUTHORITATIVE | RCODES[behaviour] }, peer);
    }
  }

  #answer(type: string | undefined, name: string): Packet {
    const isKnown = this.#addresses.has(name) || this.#services.has(name);
    if (!isKnown) return { flags: AUTHORITATIVE | RCODES.nxdomain };
    const ttl = this.#ttl;
    if (type === "SRV") {
      const services = this.#services.get(name) ?? [];
      return {
        flags: AUTHORITATIVE,
        answers: services.map((data) => ({ type: "SRV", name, ttl, data: { priority: 1, ...data } })),
      };
    }
    const addresses = (this.#addresses.get(name) ?? []).filter((address) => isIPv4(address) === (type === "A"));
    return {
      flags: AUTHORITATIVE,
      answers: addresses.map((data) => ({ type: type === "A" ? "A" : "AAAA", name, ttl, data })),
    };
  }

  #reply(query: Packet, answer: Packet, peer: RemoteInfo): void {
    const { id, questions } = query;
    this.#send(encode({ type: "response", ...answer, ...(id && { id }), ...(questions && { questions }) }), peer);
  }

  #send(bytes: Buffer, peer: RemoteInfo): void {
    this.#socket.send(bytes, peer.port, peer.address);
  }
}
