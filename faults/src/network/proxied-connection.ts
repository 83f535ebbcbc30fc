import { connect, type Socket } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import type { ProxyFault } from "./proxy-fault.ts";

/** Bytes held back at most in one direction; beyond them a connection is not read. */
const MAX_HELD_BYTES = 1 << 20;

/** One connection through the proxy: two sockets, and bytes that wait. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #fault: () => ProxyFault;
  readonly #held: { readonly to: Socket; readonly chunk: Buffer }[] = [];
  #heldBytes = 0;
  #lostBytes = 0;
  #lastByteMs = systemClock.now();
  #isForgotten = false;
  #fromServerBytes = 0;

  constructor(client: Socket, upstream: HostPort, fault: () => ProxyFault) {
    this.#client = client;
    this.#fault = fault;
    this.#server = connect({ host: upstream.host, port: upstream.port, allowHalfOpen: true });
    for (const [from, to] of [
      [this.#client, this.#server],
      [this.#server, this.#client],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (chunk: Buffer) => this.#didRead(chunk, to));
      from.on("end", () => this.#didEnd(to));
      // A socket that was reset or destroyed takes the other one with it.
      from.on("error", () => this.#losesOther(to));
      from.on("close", () => this.#losesOther(to));
    }
    if (fault().kind === "reset") this.reset();
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get lostBytes(): number {
    return this.#lostBytes;
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  didChangeFault(): void {
    const { kind } = this.#fault();
    if (kind === "half-open") this.#isForgotten = true;
    if (kind === "stall") return;
    for (const { to, chunk } of this.#held.splice(0)) this.#forward(chunk, to);
    this.#heldBytes = 0;
    this.#client.resume();
    this.#server.resume();
  }

  #didRead(chunk: Buffer, to: Socket): void {
    const fault = this.#fault();
    const idleMs = systemClock.now() - this.#lastByteMs;
    this.#lastByteMs = systemClock.now();
    if (fault.kind === "forget" && idleMs >= fault.idleMs) this.#isForgotten = true;
    if (fault.kind === "half-open" || fault.kind === "silent") this.#isForgotten = true;
    if (this.#isForgotten) {
      this.#lostBytes += chunk.length;
      return;
    }
    if (fault.kind === "stall") return this.#hold(chunk, to);
    if (fault.kind === "delay") return void systemClock.setTimer(fault.ms, () => this.#forward(chunk, to));
    if (to === this.#server) return this.#forward(chunk, to);
    this.#fromServer(chunk, fault);
  }

  #fromServer(chunk: Buffer, fault: ProxyFault): void {
    this.#fromServerBytes += chunk.length;
    switch (fault.kind) {
      case "cut":
        if (this.#fromServerBytes < fault.afterBytes) return this.#forward(chunk, this.#client);
        this.#client.end(chunk.subarray(0, Math.max(1, chunk.length - 3)));
        return void this.#server.destroy();
      case "corrupt":
        return this.#forward(withOneBitFlipped(chunk), this.#client);
      case "bandwidth": {
        this.#server.pause();
        const ms = (1_000 * chunk.length) / fault.bytesPerSecond;
        return void systemClock.setTimer(ms, () => {
          this.#forward(chunk, this.#client);
          this.#server.resume();
        });
      }
      default:
        return this.#forward(chunk, this.#client);
    }
  }

  #hold(chunk: Buffer, to: Socket): void {
    this.#held.push({ to, chunk });
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < MAX_HELD_BYTES) return;
    this.#client.pause();
    this.#server.pause();
  }

  #forward(chunk: Buffer, to: Socket): void {
    if (!to.destroyed && to.writable) to.write(chunk);
  }

  #didEnd(to: Socket): void {
    if (!this.#isForgotten && this.#fault().kind !== "stall" && to.writable) to.end();
  }

  #losesOther(to: Socket): void {
    if (this.#isForgotten && to === this.#client) return; // the client must not learn of it
    to.destroy();
  }
}

function withOneBitFlipped(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 0x10;
  return copy;
}
