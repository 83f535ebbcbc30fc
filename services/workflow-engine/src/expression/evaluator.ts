import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { JsonValue } from "@bufbuild/protobuf";
import type { EncodedScope, Expressions, Turn } from "../expressions.ts";
import { FairPermits } from "../fair-permits.ts";
import { MAX_PAYLOAD_BYTES } from "../limits.ts";
import { EngineEnding, NodeFailure } from "../node-failure.ts";
import { ExpressionProcess, ExpressionProcessEnded, type StartChild } from "./expression-process.ts";
import type { Answer, Job } from "./job.ts";
import { EXPRESSION_PROCESSES, MAX_EXPRESSION_CPU_MS, MAX_EXPRESSION_MIB } from "./limits.ts";

export interface ExpressionEvaluatorOptions {
  readonly clock: Clock;
  /** Starts the program of an expression process. Default: `startChild`. */
  readonly startChild?: StartChild | undefined;
}

/**
 * A process that takes this much wall time, for its start or for one expression, hangs: it is ended, although it used less CPU
 * time than it may. 0.1 s of CPU time took more than 3 s at a load of 20 on two cores.
 */
const MAX_WALL_MS = 20_000;

/** The scope of a question that needs none. */
const NO_SCOPE = new Uint8Array(Buffer.from("null"));

/**
 * Evaluates and parses JSONata, which is code from outside, in separate processes. A process works on one expression at a
 * time. An expression that takes too much ends its process, which is replaced; no other expression fails with it. A process
 * starts when the first expression needs it.
 */
export class ExpressionEvaluator implements Expressions {
  readonly #clock: Clock;
  readonly #startChild: StartChild | undefined;
  readonly #permits = new FairPermits(EXPRESSION_PROCESSES);
  readonly #processes = new Set<ExpressionProcess>();
  readonly #idle: ExpressionProcess[] = [];
  #closed = false;

  constructor({ clock, startChild }: ExpressionEvaluatorOptions) {
    this.#clock = clock;
    this.#startChild = startChild;
  }

  /**
   * The value of an expression; `null` when it has none.
   *
   * @throws NodeFailure EXPRESSION_TIMEOUT above 100 ms of CPU time, EXPRESSION_TOO_LARGE above 64 MiB, EXPRESSION_FAILED,
   *   or OUTPUT_TOO_LARGE above 256 KiB; EngineEnding after close(); the signal's reason when it fires
   */
  async evaluate(expression: string, scope: EncodedScope, turn: Turn): Promise<JsonValue> {
    return valueOf(await this.#ask({ kind: "evaluate", expression, maxBytes: MAX_PAYLOAD_BYTES }, scope.bytes, turn));
  }

  async parse(expression: string, turn: Turn): Promise<string | undefined> {
    try {
      const answer = await this.#ask({ kind: "parse", expression }, NO_SCOPE, turn);
      return answer.kind === "parsed" ? answer.problem : undefined;
    } catch (error) {
      if (error instanceof NodeFailure && !(error instanceof EngineEnding)) return error.message;
      throw error;
    }
  }

  /** Ends the processes; each expression that waits or runs rejects with EngineEnding. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#processes].map((each) => each.kill()));
  }

  /** The permit returns when a process is ready again, so that only the owner that ended one waits for its successor. */
  #ask(job: Job, scope: Uint8Array, turn: Turn): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const work = async (): Promise<void> => {
      // Checked before a process starts: close() would not end it any more.
      if (this.#closed) throw new EngineEnding();
      const worker = this.#takeIdle() ?? this.#start();
      await this.#askNow(worker, job, scope, turn.signal).then(resolve, reject);
      await this.#putBack(worker);
    };
    this.#permits.run(turn, work, turn.signal).catch(reject);
    return promise;
  }

  async #askNow(worker: ExpressionProcess, job: Job, scope: Uint8Array, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const end = (): void => void worker.kill();
    // The start of a process is not the expression's time: on a busy machine it takes seconds.
    let hangs = setPeerTimer(this.#clock, MAX_WALL_MS, end);
    signal.addEventListener("abort", end, { once: true });
    try {
      await worker.isReady();
      hangs.cancel();
      hangs = setPeerTimer(this.#clock, MAX_WALL_MS, end);
      return await worker.ask(job, scope);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#closed ? new EngineEnding() : failureOf(error);
    } finally {
      hangs.cancel();
      signal.removeEventListener("abort", end);
    }
  }

  /** An idle process that still runs: the machine may have ended one. */
  #takeIdle(): ExpressionProcess | undefined {
    for (;;) {
      const worker = this.#idle.pop();
      if (worker === undefined || !worker.hasEnded) return worker;
    }
  }

  /** Never rejects. A process that could not even start has no successor: the next expression tries again. */
  async #putBack(worker: ExpressionProcess): Promise<void> {
    if (!worker.hasEnded) return void this.#idle.push(worker);
    if (!worker.wasReady || this.#closed) return;
    const next = this.#start();
    if (await next.isReady()) this.#idle.push(next);
  }

  #start(): ExpressionProcess {
    for (const each of this.#processes) if (each.hasEnded) this.#processes.delete(each);
    const started = new ExpressionProcess(this.#startChild);
    this.#processes.add(started);
    return started;
  }
}

function valueOf(answer: Answer): JsonValue {
  switch (answer.kind) {
    case "value":
      return answer.value;
    case "failed":
      throw new NodeFailure("EXPRESSION_FAILED", answer.message);
    case "too-large": {
      const message = `the expression gives ${answer.bytes} bytes, at most ${MAX_PAYLOAD_BYTES}`;
      throw new NodeFailure("OUTPUT_TOO_LARGE", message);
    }
    case "ready":
    case "parsed":
      throw new Error(`an expression process answered ${answer.kind} to an evaluation`);
    default:
      return answer satisfies never;
  }
}

/** The failure of an expression that ended its process. Any other error is a defect of the engine and is not for owners. */
function failureOf(cause: unknown): unknown {
  if (!(cause instanceof ExpressionProcessEnded)) return cause;
  switch (cause.reason) {
    case "time":
      return timeout(`${MAX_EXPRESSION_CPU_MS} ms of CPU time`, cause);
    case "ended-by-us": // by the wall clock: the signal and the end of the engine were checked before
      return timeout(`${MAX_WALL_MS / 1_000} s`, cause);
    case "memory":
      return new NodeFailure("EXPRESSION_TOO_LARGE", `the expression needs more than ${MAX_EXPRESSION_MIB} MiB`, {
        cause,
      });
    case "start":
    case "protocol":
      return cause;
    default:
      return cause.reason satisfies never;
  }
}

function timeout(limit: string, cause: ExpressionProcessEnded): NodeFailure {
  return new NodeFailure("EXPRESSION_TIMEOUT", `the expression took more than ${limit}`, { cause });
}
