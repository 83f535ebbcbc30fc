/** moto (https://docs.getmoto.org) on loopback. It emulates AWS's APIs: it stores resources and runs nothing. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { systemClock } from "@agent-team/foundation/clock";
import { freePort } from "./free-port.ts";

const START_LIMIT_MS = 30_000;

export class MotoServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
    process.once("exit", this.#kill);
  }

  /**
   * Resolves when it listens. `folder` is its working directory.
   * @throws Error when `moto_server` is not in PATH, ends, or does not listen within 30 s.
   */
  static async start(folder?: string): Promise<MotoServer> {
    const port = await freePort();
    // A process group of its own: the program in PATH may be a script that starts the server.
    const child = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const server = new MotoServer(port, child);
    try {
      await untilItListens(child, child.stderr);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** `http://127.0.0.1:port` */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#kill);
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#kill();
    await closed;
  }

  readonly #kill = (): void => {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // All of the group has ended already.
    }
  };
}

/** moto prints its address when it listens. */
async function untilItListens(child: ChildProcess, stderr: Readable): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let printed = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (printed.includes("Running on")) resolve();
  });
  child.once("error", reject);
  child.once("close", () => reject(new Error(`moto_server ended: ${printed}`)));
  const limit = systemClock.setTimer(START_LIMIT_MS, () => reject(new Error(`moto_server did not start: ${printed}`)));
  try {
    await promise;
  } finally {
    limit.cancel();
  }
}
