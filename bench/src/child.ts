/** A program of the bench as a child process. It answers one question at a time and ends with this process. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/**
 * A process that waits for its turn is no idle service. V8 collects one that has been quiet for eight seconds, and its compiled code goes with
 * the garbage: the peer whose turns are shortest would measure the compiler. See docs/decisions/0063.
 */
const STAYS_COMPILED = "--no-memory-reducer";

export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  /** Rejects when the process ends, and never resolves. */
  readonly #end: Promise<never>;

  /** Starts `program`, a file beside this one, with the options of this process. Errors contain `name`. */
  constructor(name: string, program: string, args: readonly string[]) {
    this.#process = fork(new URL(program, import.meta.url), args, { execArgv: [...process.execArgv, STAYS_COMPILED] });
    this.#end = once(this.#process, "exit").then(([code, signal]) => {
      throw new Error(`${name} ended with ${String(code ?? signal)} before it answered`);
    });
    this.#end.catch(() => {}); // it may end between two questions; the next `ask` throws the error
  }

  /** @throws Error when the child ends before it answers; its stderr, which is inherited, has the reason. */
  async ask<Answer>(question: object): Promise<Answer> {
    const answer = once(this.#process, "message");
    this.#process.send(question, () => {}); // without a child the send fails, and `#end` rejects
    const [message] = (await Promise.race([answer, this.#end])) as [Answer];
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#end.catch(() => {}); // the end is expected here
  }
}

/** The child's side: answers each question with what `reply` returns, and ends with the parent. */
export function answerParent<Question>(reply: (question: Question) => unknown): void {
  if (!process.connected) process.exit(); // the parent ended while this process started
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
