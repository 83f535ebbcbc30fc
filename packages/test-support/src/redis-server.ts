import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export interface RedisServerOptions {
  /** Further arguments of redis-server, such as `["--requirepass", "secret"]`. */
  readonly args?: readonly string[] | undefined;
  /** Serves TLS only. Files in PEM. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Port on 127.0.0.1. Default: a free port. */
  readonly port?: number | undefined;
}

/** Why this machine cannot run a `RedisServer`; undefined when it can. */
export const whyNoRedisServer: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "no redis-server in PATH: install it (Debian: apt-get install redis-server) to run this";

/** Printed when redis-server accepts connections; if it has data to load, when it has loaded them. */
const READY = /Ready to accept connections/;

/**
 * A real redis-server on loopback, in a folder of its own, empty at first and without snapshots. `start` after `kill` is a restart:
 * the same port, the same folder, and the data that `--appendonly yes` has kept. Disposal kills it, waits for its end and removes
 * the folder.
 */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #folder: string = mkdtempSync(join(tmpdir(), "redis-server-"));
  #child: ChildProcess | undefined;

  private constructor(port: number, { args = [], tls }: RedisServerOptions) {
    this.port = port;
    const listen =
      tls === undefined
        ? ["--port", String(port)]
        : ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"].concat(
            ["--tls-cert-file", tls.certificateFile, "--tls-key-file", tls.keyFile],
            ["--tls-ca-cert-file", tls.certificateFile],
          );
    this.#args = ["--bind", "127.0.0.1", "--dir", this.#folder, "--save", "", ...listen, ...args];
  }

  /** Resolves when it accepts connections. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await freePort()), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `redis://127.0.0.1:port` */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Of its process; 0 after `kill`. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it again. Resolves when its output matches `pattern`; by default when it accepts connections. */
  async start(pattern: RegExp = READY, more: readonly string[] = []): Promise<void> {
    const child = spawn("redis-server", [...this.#args, ...more], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    process.once("exit", this.#kill); // also when the test process ends unexpectedly
    const printed = Promise.withResolvers<void>();
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-10_000);
      if (pattern.test(output)) printed.resolve();
    });
    child.stdout.once("end", () => printed.reject(new Error(`redis-server ended: ${output}`)));
    await printed.promise;
  }

  /** SIGKILL, as when its machine fails. Resolves when the process has ended. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    process.off("exit", this.#kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Sends one command whose words have no spaces, without TLS and password, and resolves to the beginning of its reply. */
  async command(text: string): Promise<string> {
    const socket = connect(this.port, "127.0.0.1").setEncoding("utf8");
    socket.write(`${text}\r\n`);
    for await (const reply of socket) {
      socket.destroy();
      if (String(reply).startsWith("-")) break;
      return String(reply);
    }
    throw new Error(`redis-server refused ${text}, or closed the connection`);
  }

  /** Most bytes of its memory; 0 is no limit. */
  async limitMemory(bytes: number): Promise<void> {
    await this.command(`CONFIG SET maxmemory ${bytes}`);
  }

  /** Bytes of its memory. */
  async usedMemory(): Promise<number> {
    return Number(/used_memory:(\d+)/.exec(await this.command("INFO memory"))?.[1]);
  }

  /** SIGSTOP: the kernel still accepts connections, and no request is answered. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT: it handles the requests that came in between, and continues. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #kill = (): void => void this.#child?.kill("SIGKILL");
}
