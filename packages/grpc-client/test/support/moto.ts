/** An emulated AWS on loopback that somebody else wrote (https://docs.getmoto.org), where the machine has it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { AwsEnvironment } from "./aws-environment.ts";

export function hasMoto(): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "moto_server"), constants.X_OK);
      return true;
    } catch {
      return false; // not in this one: an answer
    }
  });
}

export class Moto implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #environment: AwsEnvironment;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#environment = new AwsEnvironment({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: "us-east-1" });
  }

  /** AWS's variables of this process lead to it until it is disposed of. */
  static async start(): Promise<Moto> {
    const port = await freePort();
    // A group of its own: what is in PATH may be a script that starts the server.
    const child = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Running on")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`moto_server ended: ${said}`)));
    await listening;
    return new Moto(child, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#environment[Symbol.dispose]();
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    const closed = once(this.#child, "close");
    process.kill(-this.#child.pid, "SIGKILL");
    await closed;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
