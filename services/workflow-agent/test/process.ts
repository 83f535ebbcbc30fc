import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { vi } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;

/** Its programs start with half the CPU. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };

/** The agent as its own process, on ports that the system picks. Disposing it kills it and waits for its end. */
export class AgentProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly errors: string[] = [];
  readonly logs: Record<string, unknown>[] = [];

  constructor(env: Readonly<Record<string, string>>) {
    const base = { GRPC_HOST: "127.0.0.1", GRPC_PORT: "0", HEALTH_PORT: "0", LAME_DUCK_MS: "0", PATH: "" };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    this.#child = spawn(process.execPath, ["--conditions=source", MAIN], {
      env: { ...COMPILE_CACHE, ...base, ...env },
      stdio: [...stdio],
    });
    this.#exited = once(this.#child, "close").then(([code]) => code as number | null);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.errors.push(text));
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => this.logs.push(JSON.parse(line) as Record<string, unknown>));
  }

  /** Its gRPC address, once it listens. */
  async address(): Promise<string> {
    return (await this.#serving()).address;
  }

  /** What `/readyz` answers. */
  async readyz(): Promise<{ readonly status: number; readonly body: string }> {
    const { sidePort } = await this.#serving();
    const response = await fetch(`http://127.0.0.1:${sidePort}/readyz`);
    return { status: response.status, body: await response.text() };
  }

  /** What `/metrics` answers. */
  async metrics(): Promise<string> {
    const { sidePort } = await this.#serving();
    return (await fetch(`http://127.0.0.1:${sidePort}/metrics`)).text();
  }

  async #serving(): Promise<{ readonly address: string; readonly sidePort: number }> {
    const line = await vi.waitUntil(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`ended before it served: ${this.errors.join("")}`);
        return this.logs.find(({ msg }) => msg === "serving");
      },
      { interval: 10 },
    );
    return { address: String(line["address"]), sidePort: Number(line["sidePort"]) };
  }

  /** Sends SIGTERM and resolves to the exit code. */
  stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.exitCode();
  }

  exitCode(): Promise<number | null> {
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
