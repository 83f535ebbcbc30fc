/** One of our services as a process, as it is deployed: only its variables are those of a bench. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SERVICES = join(import.meta.dirname, "..", "..", "services");

type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

interface ServiceOptions {
  readonly env: Readonly<Record<string, string>>;
  /** The `msg` of the line that it logs when it serves. */
  readonly ready: string;
  /** Of its process. Default none. */
  readonly nodeOptions?: readonly string[];
}

export class ServiceProcess implements AsyncDisposable {
  readonly pid: number;
  /** The line with which it said that it serves. */
  readonly line: LogLine;
  /** `ws://…`, when it was started with `--inspect`. */
  readonly inspectorUrl: string | undefined;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, line: LogLine, errors: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.line = line;
    this.inspectorUrl = /ws:\S+/.exec(errors)?.[0];
  }

  /** `name`: of its folder in `services`. @throws Error when it ends before it serves */
  static async start(name: string, { env, ready, nodeOptions = [] }: ServiceOptions): Promise<ServiceProcess> {
    const child = spawn(
      process.execPath,
      [...process.execArgv, ...nodeOptions, join(SERVICES, name, "src", "main.ts")],
      {
        env: { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill); // also when this process ends unexpectedly
    child.once("exit", () => process.off("exit", kill));
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as LogLine;
      if (line.msg !== ready) continue;
      child.stdout.resume(); // further lines are not read
      return new ServiceProcess(child, line, errors);
    }
    throw new Error(`the service ${name} ended before it served: ${errors}`);
  }

  /** Kills it: it may have work for a day. */
  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
