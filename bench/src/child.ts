/** A program of the bench in a process of its own, which answers one question at a time and dies with this one. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  /** Rejects when the process ends, and never resolves. */
  readonly #end: Promise<never>;

  /** Starts `program`, a file beside this one. `name` stands in errors. */
  constructor(name: string, program: string, args: readonly string[]) {
    this.#process = fork(new URL(program, import.meta.url), args);
    this.#end = once(this.#process, "exit").then(([code, signal]) => {
      throw new Error(`${name} ended with ${String(code ?? signal)} before it answered`);
    });
    this.#end.catch(() => {}); // nobody may be asking when it ends; who asks later is told
  }

  /** @throws Error when the child ends before it answers; why is on its stderr, which is ours. */
  async ask<Answer>(question: object): Promise<Answer> {
    const answer = once(this.#process, "message");
    this.#process.send(question, () => {}); // what cannot be sent is not answered: `#end` says why
    const [message] = (await Promise.race([answer, this.#end])) as [Answer];
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#end.catch(() => {}); // here its end is what we want
  }
}

/** The child's side: answers each question with what `reply` returns, and ends when the parent is gone. */
export function answerParent<Question>(reply: (question: Question) => unknown): void {
  if (!process.connected) process.exit(); // the parent went while we were starting
  process.on("disconnect", () => process.exit());
  process.on("message", (question: Question) => {
    void Promise.resolve(reply(question)).then(
      (answer) => process.send?.(answer as object),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
