/** Starts `stub-program.ts`, to be stopped and continued by signals. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./stub-program.ts", import.meta.url));

export class StubProcess implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, host: string, port: number) {
    this.#child = child;
    this.host = host;
    this.port = port;
  }

  static async start(host: string): Promise<StubProcess> {
    const child = spawn(process.execPath, [...process.execArgv, PROGRAM, host], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return new StubProcess(child, host, Number(line.toString()));
  }

  /** SIGSTOP: its sockets stay open, and the kernel goes on accepting for it. */
  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  continue(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
