/** Peers on C-core, as processes: the programs of e2e/peers, run by the distribution's Python. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

const FOLDER = join(import.meta.dirname, "..", "..", "peers");

/** Debian's python3-grpcio belongs to this one, whatever stands before it in the PATH. */
const PYTHON = "/usr/bin/python3";

/** Why C-core cannot be had here; `undefined` where it can. A test passes it to `skip`. */
export const noCCore: string | undefined =
  spawnSync(PYTHON, ["-c", "import grpc"]).status === 0
    ? undefined
    : "python3-grpcio is not installed: no call between us and C-core is tested";

/** One line of `client.py`; its head says what each member means. */
export interface Call {
  readonly method: "Unary" | "ServerStream" | "ClientStream" | "Bidi";
  readonly service?: string;
  readonly requests?: readonly string[];
  readonly timeout?: number;
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  readonly compress?: boolean;
  readonly cancel_after?: number;
}

export interface Answer {
  readonly messages: readonly string[];
  readonly code: string;
  readonly details: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

export interface ServerOptions {
  /** C-core's channel arguments, for instance `grpc.max_connection_age_ms`. */
  readonly args?: Readonly<Record<string, number>>;
  /** Compresses every message with gzip. Default false. */
  readonly compress?: boolean;
  /** Default a free port of 127.0.0.1. */
  readonly address?: string;
}

/** A process that speaks in lines. Its standard error is the test's own. */
class Peer implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, args: readonly string[]) {
    // -B: no __pycache__ in a folder of the repository.
    this.child = spawn(PYTHON, ["-B", join(FOLDER, program), ...args], { stdio: "pipe" });
    this.child.stderr.pipe(process.stderr);
    const reader: Interface = createInterface(this.child.stdout);
    this.#lines = reader[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`the peer ended with ${this.child.exitCode ?? this.child.signalCode}`);
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}

/** A C-core server of `test.Echo`, until it is disposed. */
export async function startCCoreServer(
  options: ServerOptions = {},
): Promise<AsyncDisposable & { readonly port: number }> {
  return startCCoreProgram("server.py", [JSON.stringify(options)]);
}

/** A server of e2e/peers whose first line is its port, until it is disposed. */
export async function startCCoreProgram(
  program: string,
  args: readonly string[],
): Promise<AsyncDisposable & { readonly port: number }> {
  const peer = new Peer(program, args);
  const port = Number(await peer.line());
  return { port, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** A C-core channel to a target. Calls are made one after the other. */
export class CCoreClient implements AsyncDisposable {
  readonly #peer: Peer;

  constructor(target: string, args: Readonly<Record<string, number>> = {}) {
    this.#peer = new Peer("client.py", [target, JSON.stringify(args)]);
  }

  async call(call: Call): Promise<Answer> {
    return JSON.parse(await this.#ask(call)) as Answer;
  }

  /** Makes the same call so many times: how often each code came. */
  async repeat(times: number, call: Call): Promise<Readonly<Record<string, number>>> {
    return JSON.parse(await this.#ask({ ...call, repeat: times })) as Record<string, number>;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }

  #ask(call: object): Promise<string> {
    this.#peer.child.stdin.write(`${JSON.stringify(call)}\n`);
    return this.#peer.line();
  }
}
