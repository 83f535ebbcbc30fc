/**
 * A network between the clients and the load server, in a process of its own: TCP connections whose bytes arrive later, in order and
 * at any rate. Its argument is `DelayProxyOptions` as JSON.
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { answerParent } from "./child.ts";

export interface DelayProxyOptions {
  readonly to: HostPort;
  /** Of each direction: half of a round trip. */
  readonly delayMs: number;
}

export interface DelayProxyReport {
  /** Where it listens. */
  readonly address: string;
}

/** What may be under way in a direction: more than any window, so that only windows limit what a client gets. */
const MAX_HELD_BYTES = 256 << 20;

const { to, delayMs } = JSON.parse(process.argv[2] as string) as DelayProxyOptions;

/** Hands on what comes from one socket to another, each chunk at its time. */
class DelayLine {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #chunks: { readonly atMs: number; readonly chunk: Buffer | undefined }[] = [];
  #heldBytes = 0;

  constructor(from: Socket, onward: Socket) {
    this.#from = from;
    this.#to = onward;
    from.on("data", (chunk: Buffer) => this.#hold(chunk));
    from.on("end", () => this.#hold(undefined));
    from.on("error", () => onward.destroy());
  }

  #hold(chunk: Buffer | undefined): void {
    this.#heldBytes += chunk?.length ?? 0;
    if (this.#heldBytes + this.#to.writableLength > MAX_HELD_BYTES) this.#from.pause();
    this.#chunks.push({ atMs: systemClock.now() + delayMs, chunk });
    if (this.#chunks.length === 1) this.#schedule();
  }

  #schedule(): void {
    const [first] = this.#chunks;
    if (first !== undefined) systemClock.setTimer(Math.max(0, first.atMs - systemClock.now()), () => this.#release());
  }

  #release(): void {
    const nowMs = systemClock.now();
    while (this.#chunks.length > 0 && (this.#chunks[0]?.atMs as number) <= nowMs) {
      const chunk = this.#chunks.shift()?.chunk;
      this.#heldBytes -= chunk?.length ?? 0;
      if (chunk === undefined) this.#to.end();
      else this.#to.write(chunk);
    }
    this.#from.resume();
    this.#schedule();
  }
}

const server = createServer({ noDelay: true }, (client) => {
  const onward = connect({ ...to, noDelay: true });
  new DelayLine(client, onward);
  new DelayLine(onward, client);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

answerParent((): DelayProxyReport => ({ address }));
