import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { maxPayloadBytes } from "../limits.ts";
import { FrameReader, frameHeader } from "./frames.ts";
import { type Answer, type Job, OVERRUN_SIGNAL } from "./job.ts";
import { maxHeapMiB } from "./limits.ts";

/** A value, and what JSON and an error's message add to it. */
const MAX_ANSWER_BYTES = maxPayloadBytes + 16 * 1024;

/** Enough for why a program does not start, and for the beginning of V8's report of a full heap. */
const MAX_ERROR_CHARACTERS = 1024;

/** While developing the program is TypeScript; in an image it was compiled, beside this file. */
const program = new URL(`./child/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
const sources = fileURLToPath(new URL("..", import.meta.url));
const jsonata = dirname(createRequire(import.meta.url).resolve("jsonata/package.json"));

/**
 * What the process may do, and what it may take:
 * - it reads its own code and nothing else, writes no file, and starts nothing but its supervising thread;
 * - one heap; a larger one ends the process, also when one single value is larger;
 * - one thread: what would compile and collect garbage beside it would take CPU time from other services.
 */
const nodeOptions = [
  "--permission",
  "--no-warnings",
  "--allow-worker",
  ...[`${sources}*`, fileURLToPath(new URL("../../package.json", import.meta.url)), `${jsonata}/*`].map(
    (path) => `--allow-fs-read=${path}`,
  ),
  `--max-old-space-size=${maxHeapMiB}`,
  "--max-semi-space-size=4",
  "--stack-size=1500",
  "--v8-pool-size=0",
  "--single-threaded-gc",
];

/** The process ended instead of giving an answer. */
export class ExpressionProcessEnded extends Error {
  override readonly name: string = "ExpressionProcessEnded";
  /** What it ended of. `start`: it never was ready, so it was not the expression. */
  readonly reason: "time" | "memory" | "start" | "ended-by-us";

  constructor(reason: ExpressionProcessEnded["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * One process that evaluates expressions, one after the other, until an expression ends it. In: a job and the scope that
 * its expression sees. Out: its answer, or `ExpressionProcessEnded`. It inherits neither environment nor options of this
 * process, and ends when this process ends.
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

  constructor() {
    this.#child = spawn(process.execPath, [...nodeOptions, fileURLToPath(program)], {
      env: {},
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#ready = this.#nextAnswer();
    void this.isReady().then((isReady) => (this.#wasReady = isReady)); // when not, the first question rejects with it
    this.#child.stdin?.on("error", () => undefined); // it ended, which its exit reports
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

  /** Whether an expression was ever answered here, or could have been. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Whether it can be asked, once that is known. */
  isReady(): Promise<boolean> {
    return this.#ready.then(
      () => true,
      () => false,
    );
  }

  /** One question at a time. `scope`: JSON text. */
  async ask(job: Job, scope: Uint8Array): Promise<Answer> {
    await this.#ready;
    if (this.#end !== undefined) throw this.#end;
    const answer = this.#nextAnswer();
    const question = Buffer.from(JSON.stringify(job));
    for (const body of [question, scope]) {
      this.#child.stdin?.write(frameHeader(body));
      this.#child.stdin?.write(body);
    }
    return answer;
  }

  /** Ends the process at once; a question that waits rejects. Resolves when it has gone. Idempotent. */
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
    } catch {
      this.#child.kill("SIGKILL"); // it does not speak our protocol any more; its end rejects the question
    }
  }

  #didEnd(reason: ExpressionProcessEnded): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#answered.promise.catch(() => undefined); // perhaps there is no question
    this.#answered.reject(reason);
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): ExpressionProcessEnded {
    const how = `${signal === null ? `exit code ${code}` : signal} ${this.#stderr}`.trim();
    if (!this.#wasReady) return new ExpressionProcessEnded("start", `the expression process did not start: ${how}`);
    return new ExpressionProcessEnded(signal === OVERRUN_SIGNAL ? "time" : "memory", `an expression ended it: ${how}`);
  }
}
