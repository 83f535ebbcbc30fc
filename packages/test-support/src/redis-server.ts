import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export interface RedisServerOptions {
  /** Arguments of redis-server on top of ours, such as `["--requirepass", "secret"]`. */
  readonly args?: readonly string[] | undefined;
  /** Serves TLS, and nothing else. Files in PEM. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Where it listens on 127.0.0.1. Default: a free port. */
  readonly port?: number | undefined;
}

/** Why there is no `RedisServer` on this machine; undefined when there can be one. */
export const whyNoRedisServer: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "no redis-server in PATH: install it (Debian: apt-get install redis-server) to run this";

/** Printed when it serves; with data to read, when it has read them. */
const ready = /Ready to accept connections/;

/**
 * A real redis-server for tests: on loopback, in a folder of its own, without data at first and without snapshots.
 * `start` again after `kill` is a restart: same port, same folder, and the data that `--appendonly yes` has kept.
 * Disposing it kills it, waits for its end and removes the folder.
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

  /** Resolves when it serves. */
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

  /** Starts it again. Resolves when it has printed what matches `pattern`: by default, when it serves. */
  async start(pattern: RegExp = ready, more: readonly string[] = []): Promise<void> {
    const child = spawn("redis-server", [...this.#args, ...more], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    process.once("exit", this.#kill); // also when a test ends by an accident
    const printed = Promise.withResolvers<void>();
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-10_000);
      if (pattern.test(output)) printed.resolve();
    });
    child.stdout.once("end", () => printed.reject(new Error(`redis-server ended: ${output}`)));
    await printed.promise;
  }

  /** SIGKILL, as when its machine dies. Resolves when it is gone. */
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

  /** SIGSTOP: it accepts connections, as its kernel does, and says nothing any more. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT: it does what it was asked meanwhile, and goes on. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #kill = (): void => void this.#child?.kill("SIGKILL");
}
