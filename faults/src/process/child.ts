/** A program of the fault tests in a process of its own. It answers questions, and it ends when this process ends. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@agent-team/foundation/clock";

/** How long a process may take to end by itself after it was asked to. */
const EXIT_MS = 3_000;

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
}

export class Child implements AsyncDisposable {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #exit: Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #questions = 0;
  #hasExited = false;

  /** Starts `program`, a file beside this folder. `argument` is its one argument, as JSON. `name` is for errors. */
  constructor(name: string, program: string, argument: object, env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.#process = fork(new URL(`../${program}`, import.meta.url), [JSON.stringify(argument)], {
      env: { ...process.env, ...env },
    });
    this.#exit = once(this.#process, "exit").then(([code, signal]) => {
      this.#hasExited = true;
      const error = new Error(`${name} ended with ${String(code ?? signal)} before it answered`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
    this.#process.on("error", () => {}); // a message that cannot be sent: `exit` follows
    this.#process.on("message", ({ id, answer }: Reply) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
  }

  /** @throws Error when the child ends before it answers. Its stderr, which is ours, has the reason. */
  ask<Answer>(question: object): Promise<Answer> {
    if (this.#hasExited) return Promise.reject(new Error(`${this.name} has ended`));
    const id = this.#questions++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, question }, () => {});
    return waiting.promise as Promise<Answer>;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when the process has exited. */
  get exited(): Promise<void> {
    return this.#exit;
  }

  /** Closes the channel to the child and waits. False: it was still running after three seconds and was killed. */
  async end(): Promise<boolean> {
    if (this.#process.connected) this.#process.disconnect();
    const exited = Promise.withResolvers<void>();
    const limit = systemClock.setTimer(EXIT_MS, () => exited.resolve());
    await Promise.race([this.#exit, exited.promise]);
    limit.cancel();
    const timely = this.#hasExited;
    if (!timely) await this.kill();
    return timely;
  }

  /** SIGKILL, which also ends a process that SIGSTOP has stopped. */
  async kill(): Promise<void> {
    if (!this.#hasExited) this.#process.kill("SIGKILL");
    await this.#exit;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
