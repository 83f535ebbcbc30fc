/**
 * An address that answers no SYN, as that of a task that is gone: a listener in a stopped process, with a full backlog. A
 * connect there neither succeeds nor fails until the kernel gives up, after two minutes.
 */

import { connect, type Socket } from "node:net";
import { delay, systemClock } from "@agent-team/foundation/clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { Child } from "../process/child.ts";

/** A connect on loopback that has not completed after this time waits for a place in the backlog. */
const CONNECT_MS = 50;
const MAX_FILLERS = 16;

export class BlackHole implements AsyncDisposable {
  readonly #process: Child;
  readonly #fillers: Socket[] = [];

  private constructor(process: Child) {
    this.#process = process;
  }

  static async start(address: HostPort): Promise<BlackHole> {
    const process = new Child(`black hole ${address.host}`, "network/full-backlog.ts", address);
    const hole = new BlackHole(process);
    await process.ask({});
    process.signal("SIGSTOP");
    try {
      await hole.#fill(address);
      return hole;
    } catch (error) {
      await hole[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    await this.#process.kill();
  }

  /** How many connections the kernel admits beyond the backlog depends on the kernel. */
  async #fill({ host, port }: HostPort): Promise<void> {
    while (this.#fillers.length < MAX_FILLERS) {
      const filler = connect({ host, port });
      filler.on("error", () => {}); // it may fail at the end
      this.#fillers.push(filler);
      await delay(systemClock, CONNECT_MS);
      if (filler.connecting) return;
    }
    throw new Error(`${MAX_FILLERS} connections to ${host}:${port} were accepted: its backlog does not fill up`);
  }
}
