import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const fixtures = new URL("./fixture/", import.meta.url);

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly err?: object;
  readonly origin?: string;
  readonly address?: string;
  readonly sidePort?: number;
}

/** Its programs start with half the CPU. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };

/** A real process that runs one of the fixture programs. Disposal kills it and waits for its end, so that no test leaves a process. */
export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly #log: LogLine[] = [];
  #waiting: (() => void)[] = [];
  #stderr = "";

  constructor(env: Readonly<Record<string, string>> = {}, fixture = "main.ts") {
    this.#child = spawn(process.execPath, ["--conditions=source", fileURLToPath(new URL(fixture, fixtures))], {
      env: { ...COMPILE_CACHE, GRPC_HOST: "127.0.0.1", GRPC_PORT: "0", HEALTH_PORT: "0", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("the program has no output");
    createInterface({ input: stdout }).on("line", (line) => this.#didLog(line));
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#exited = once(this.#child, "close").then(([code]) => {
      this.#wake();
      return code as number | null;
    });
  }

  /** The program's standard error. Complete when the program has exited. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The log lines so far. */
  get log(): readonly LogLine[] {
    return this.#log;
  }

  /** The exit code; null when a signal ended the process. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves to the first log line with the message `msg`; fails if the process ends without one. */
  async logged(msg: string): Promise<LogLine> {
    for (;;) {
      const line = this.#log.find((each) => each.msg === msg);
      if (line !== undefined) return line;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the program ended without the log line "${msg}": ${this.#stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The ports of the program, when it serves. */
  async ports(): Promise<{ readonly grpc: number; readonly side: number }> {
    const { address, sidePort } = await this.logged("serving");
    return { grpc: Number(address?.split(":").at(-1)), side: Number(sidePort) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #didLog(line: string): void {
    this.#log.push(JSON.parse(line) as LogLine);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
