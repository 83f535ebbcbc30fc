import type { Clock } from "@agent-team/foundation/clock";
import type { JsonValue } from "@bufbuild/protobuf";
import { type Account, FairPermits } from "../fair-permits.ts";
import { maxPayloadBytes } from "../limits.ts";
import { NodeFailure } from "../run/node-failure.ts";
import { ExpressionProcess, ExpressionProcessEnded } from "./expression-process.ts";
import type { Answer, Job } from "./job.ts";
import { expressionProcesses, maxExpressionCpuMs, maxExpressionMiB } from "./limits.ts";
import type { EncodedScope } from "./scope.ts";

export interface ExpressionEvaluatorOptions {
  readonly clock: Clock;
}

/** On whose account an expression runs: owners share the processes fairly, and the runs of one owner its share. */
export interface Turn extends Account {
  /** Drops the expression, also while it runs. */
  readonly signal: AbortSignal;
}

/**
 * Wall time after which a process is ended although it used less CPU time than an expression may: it hangs. A very busy
 * machine gives a process a thirtieth of a core.
 */
const MAX_WALL_MS: number = 30 * maxExpressionCpuMs;

const NOTHING = new Uint8Array(Buffer.from("null"));

/**
 * Evaluates and parses JSONata, which is code that a stranger wrote: in processes of their own, each with one expression
 * at a time. One that takes too much ends its process and nothing else; another process takes its place. A process starts
 * with the first expression that needs it.
 */
export class ExpressionEvaluator {
  readonly #clock: Clock;
  readonly #permits = new FairPermits(expressionProcesses);
  readonly #processes = new Set<ExpressionProcess>();
  readonly #idle: ExpressionProcess[] = [];
  #closed = false;

  constructor({ clock }: ExpressionEvaluatorOptions) {
    this.#clock = clock;
  }

  /**
   * The value of an expression; `null` when it gives none.
   *
   * @throws NodeFailure EXPRESSION_TIMEOUT above 100 ms of CPU time, EXPRESSION_TOO_LARGE above 64 MiB, EXPRESSION_FAILED,
   *   or OUTPUT_TOO_LARGE above 256 KiB; the signal's reason when it fires
   */
  async evaluate(expression: string, scope: EncodedScope, turn: Turn): Promise<JsonValue> {
    return valueOf(await this.#ask({ kind: "evaluate", expression, maxBytes: maxPayloadBytes }, scope.bytes, turn));
  }

  /** What is wrong with the syntax of an expression, for people; `undefined` when nothing is. */
  async parse(expression: string, turn: Turn): Promise<string | undefined> {
    try {
      const answer = await this.#ask({ kind: "parse", expression }, NOTHING, turn);
      return answer.kind === "parsed" ? answer.problem : undefined;
    } catch (error) {
      if (error instanceof NodeFailure && error.code !== "CANCELED") return error.message;
      throw error;
    }
  }

  /** Ends the processes; what waits or runs rejects. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#processes].map((each) => each.kill()));
  }

  /** The permit is given back when a process is ready again, so whoever ends one waits for the next, and nobody else. */
  #ask(job: Job, scope: Uint8Array, turn: Turn): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const work = async (): Promise<void> => {
      // Before a process starts: one that starts after close() would never be ended.
      if (this.#closed) throw new NodeFailure("CANCELED", "the engine ends");
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
    const hangs = this.#clock.setTimer(MAX_WALL_MS, end);
    signal.addEventListener("abort", end, { once: true });
    try {
      return await worker.ask(job, scope);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#closed ? new NodeFailure("CANCELED", "the engine ends") : failureOf(error);
    } finally {
      hangs.cancel();
      signal.removeEventListener("abort", end);
    }
  }

  /** One that still runs: the machine may have ended an idle one. With a permit there is one, or room for another. */
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
    const started = new ExpressionProcess();
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
    case "too-large":
      throw new NodeFailure(
        "OUTPUT_TOO_LARGE",
        `the expression gives ${answer.bytes} bytes, at most ${maxPayloadBytes}`,
      );
    case "ready":
    case "parsed":
      throw new Error(`an expression process answered ${answer.kind} to an evaluation`);
    default:
      return answer satisfies never;
  }
}

/** What ended a process, as the workflow's owner may see it; anything else is ours and not theirs. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof ExpressionProcessEnded)) return error;
  switch (error.reason) {
    case "time":
    case "ended-by-us": // by the wall clock: the signal and the end of the engine were looked at before
      return new NodeFailure("EXPRESSION_TIMEOUT", `the expression took more than ${maxExpressionCpuMs} ms`, {
        cause: error,
      });
    case "memory":
      return new NodeFailure("EXPRESSION_TOO_LARGE", `the expression needs more than ${maxExpressionMiB} MiB`, {
        cause: error,
      });
    case "start":
      return error;
    default:
      return error.reason satisfies never;
  }
}
