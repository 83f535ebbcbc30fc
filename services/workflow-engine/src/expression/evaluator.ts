import { Worker } from "node:worker_threads";
import type { Clock } from "@agent-team/grpc-client";
import type { JsonValue } from "@bufbuild/protobuf";
import { maxPayloadBytes } from "../limits.ts";
import { NodeFailure } from "../run/node-failure.ts";
import type { Scope } from "./scope.ts";
import { Watchdog } from "./watchdog.ts";
import type { Evaluated, EvaluateRequest, WorkerMessage } from "./worker.ts";

export interface ExpressionEvaluatorOptions {
  readonly clock: Clock;
  /** CPU time that one expression may take until its worker is killed. Default 100 ms. */
  readonly limitMs?: number | undefined;
}

/** An expression that multiplies strings or ranges ends its worker here, and not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** While developing the worker is TypeScript; in an image it was compiled, beside this file. */
const workerFile = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Evaluates JSONata, which is code that somebody else wrote: in one worker thread that is used again and again, one
 * expression after the other, killed when it overruns and started anew when it is needed.
 */
export class ExpressionEvaluator {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #worker: Promise<Worker> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** CPU time that the present worker has used, as of its last message. */
  #usedMs = 0;

  constructor({ clock, limitMs = 100 }: ExpressionEvaluatorOptions) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /**
   * The value of an expression; `null` when it gives none.
   *
   * @throws NodeFailure EXPRESSION_TIMEOUT, EXPRESSION_FAILED, or OUTPUT_TOO_LARGE above 256 KiB
   */
  evaluate(expression: string, scope: Scope): Promise<JsonValue> {
    const result = this.#queue.then(() => this.#answer({ expression, scope, maxBytes: maxPayloadBytes })).then(valueOf);
    this.#queue = result.catch(() => undefined); // one expression's failure is not the next one's
    return result;
  }

  /** Ends the worker after the expressions that wait. Idempotent. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#discard();
  }

  async #answer(request: EvaluateRequest): Promise<Evaluated> {
    let watchdog: Watchdog | undefined;
    try {
      const worker = await (this.#worker ??= this.#start());
      watchdog = new Watchdog(worker, { clock: this.#clock, limitMs: this.#limitMs, usedMs: this.#usedMs });
      const answered = nextMessage(worker);
      worker.postMessage(request);
      return this.#read(await Promise.race([answered, watchdog.overrun.then(() => this.#timeout())]));
    } catch (error) {
      await this.#discard();
      throw error instanceof NodeFailure ? error : brokenWorker(error);
    } finally {
      watchdog?.cancel();
    }
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(workerFile, { resourceLimits, name: "expressions" });
    worker.on("error", () => undefined); // whoever waits for a message hears of it; otherwise its exit is enough
    this.#read(await nextMessage(worker));
    return worker;
  }

  #read({ usedMs, evaluated }: WorkerMessage): Evaluated {
    this.#usedMs = usedMs;
    return evaluated ?? { kind: "value", json: "null" };
  }

  async #discard(): Promise<void> {
    const worker = await this.#worker?.catch(() => undefined);
    this.#worker = undefined;
    await worker?.terminate();
  }

  #timeout(): never {
    throw new NodeFailure("EXPRESSION_TIMEOUT", `the expression took more than ${this.#limitMs} ms`);
  }
}

function valueOf(evaluated: Evaluated): JsonValue {
  switch (evaluated.kind) {
    case "value":
      return JSON.parse(evaluated.json) as JsonValue;
    case "failed":
      throw new NodeFailure("EXPRESSION_FAILED", evaluated.message);
    case "too-large":
      throw new NodeFailure(
        "OUTPUT_TOO_LARGE",
        `the expression gives ${evaluated.bytes} bytes, at most ${maxPayloadBytes}`,
      );
    default:
      return evaluated satisfies never;
  }
}

function brokenWorker(error: unknown): NodeFailure {
  const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
  const message = isMemory ? "the expression needs too much memory" : "the expression ended its worker";
  return new NodeFailure("EXPRESSION_FAILED", message, { cause: error });
}

/** The worker's next message; rejects when it ends instead. Leaves no listener behind. */
function nextMessage(worker: Worker): Promise<WorkerMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<WorkerMessage>();
  const onExit = (code: number): void => reject(new Error(`the worker exited with ${code}`));
  worker.once("message", resolve).once("error", reject).once("exit", onExit);
  const forget = (): void => void worker.off("message", resolve).off("error", reject).off("exit", onExit);
  promise.then(forget, forget);
  return promise;
}
