import type { ChildProcess } from "node:child_process";
import { MAX_PAYLOAD_BYTES } from "../limits.ts";
import { FrameReader, frameHeader } from "./frames.ts";
import { type Answer, type Job, OVERRUN_SIGNAL } from "./job.ts";
import { startChild } from "./start-child.ts";

/** A value, and what JSON and the message of an error add to it. */
const MAX_ANSWER_BYTES = MAX_PAYLOAD_BYTES + 16 * 1024;

/** Enough for the error of a program that does not start, and for the beginning of V8's report of a full heap. */
const MAX_ERROR_CHARACTERS = 1024;

/** Starts a program that answers questions by the protocol of frames.ts; all three of its streams are pipes. */
export type StartChild = () => ChildProcess;

/** The process ended instead of giving an answer. */
export class ExpressionProcessEnded extends Error {
  override readonly name: string = "ExpressionProcessEnded";
  /**
   * - `time`, `memory`: the expression took too much.
   * - `ended-by-us`: by `kill()`.
   * - `start`: it never became ready, so no expression ended it.
   * - `protocol`: it sent something other than a frame with an answer.
   */
  readonly reason: "time" | "memory" | "start" | "protocol" | "ended-by-us";

  constructor(reason: ExpressionProcessEnded["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * One process that evaluates one expression after the other, until an expression ends it. In: a job and the scope that
 * its expression reads. Out: its answer, or `ExpressionProcessEnded`. It ends when this process ends.
 */
export class ExpressionProcess {
  readonly #child: ChildProcess;
  readonly #reader = new FrameReader(MAX_ANSWER_BYTES);
  readonly #ready: Promise<Answer>;
  readonly #exited: Promise<void>;
  #answered = Promise.withResolvers<Answer>();
  #wasReady = false;
  #stderr = "";
  #end: ExpressionProcessEnded | undefined;

  constructor(start: StartChild = startChild) {
    this.#child = start();
    this.#ready = this.#nextAnswer();
    void this.isReady().then((isReady) => (this.#wasReady = isReady)); // if it is not, the first question rejects
    this.#child.stdin?.on("error", () => undefined); // the process has ended, which its exit reports
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < MAX_ERROR_CHARACTERS) this.#stderr += chunk.toString();
    });
    this.#child.once("error", (error) => this.#didEnd(new ExpressionProcessEnded("start", error.message)));
    this.#exited = new Promise((resolve) => {
      // "close" and not "exit": an answer may still be in the pipe.
      this.#child.once("close", (code, signal) => {
        this.#didEnd(this.#reasonOf(code, signal));
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Whether it ever could be asked. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Resolves when the process can be asked (true) or has ended before that (false). */
  isReady(): Promise<boolean> {
    return this.#ready.then(
      () => true,
      () => false,
    );
  }

  /** Asks one question; the one before it must be answered. `scope`: JSON text. */
  async ask(job: Job, scope: Uint8Array): Promise<Answer> {
    await this.#ready;
    if (this.#end !== undefined) throw this.#end;
    const answer = this.#nextAnswer();
    for (const body of [Buffer.from(JSON.stringify(job)), scope]) {
      this.#child.stdin?.write(frameHeader(body));
      this.#child.stdin?.write(body);
    }
    return answer;
  }

  /** Ends the process at once; a question that waits rejects. Resolves when the process has exited. Idempotent. */
  async kill(): Promise<void> {
    this.#didEnd(new ExpressionProcessEnded("ended-by-us", "the expression process was ended"));
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #nextAnswer(): Promise<Answer> {
    this.#answered = Promise.withResolvers();
    return this.#answered.promise;
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#answered.resolve(JSON.parse(frame.toString()) as Answer);
    } catch (cause) {
      this.#didEnd(new ExpressionProcessEnded("protocol", "the expression process sent a broken frame", { cause }));
      this.#child.kill("SIGKILL");
    }
  }

  #didEnd(reason: ExpressionProcessEnded): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#answered.promise.catch(() => undefined); // there may be no question
    this.#answered.reject(reason);
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): ExpressionProcessEnded {
    const how = `${signal === null ? `exit code ${code}` : signal} ${this.#stderr}`.trim();
    if (!this.#wasReady) return new ExpressionProcessEnded("start", `the expression process did not start: ${how}`);
    return new ExpressionProcessEnded(signal === OVERRUN_SIGNAL ? "time" : "memory", `an expression ended it: ${how}`);
  }
}
