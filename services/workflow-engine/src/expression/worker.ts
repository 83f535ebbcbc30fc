/**
 * The thread in which expressions run: one request, one answer, in turn. It says first that it is ready. It catches
 * what an expression throws; what it cannot catch (an endless loop, too much memory) is its owner's to end.
 */
import { parentPort } from "node:worker_threads";
import jsonata from "jsonata";
import type { Scope } from "./scope.ts";

export interface EvaluateRequest {
  readonly expression: string;
  readonly scope: Scope;
  /** Largest result as JSON, in bytes. */
  readonly maxBytes: number;
}

export type Evaluated =
  | { readonly kind: "value"; readonly json: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "too-large"; readonly bytes: number };

/** Every message, the first one included. */
export interface WorkerMessage {
  /** CPU time of this thread since its start. */
  readonly usedMs: number;
  readonly evaluated?: Evaluated | undefined;
}

async function evaluate({ expression, scope, maxBytes }: EvaluateRequest): Promise<Evaluated> {
  try {
    const value: unknown = await jsonata(expression).evaluate(scope);
    // As JSON already here: a result may hold functions, and sequences with members of jsonata's own.
    const json = (JSON.stringify(value) as string | undefined) ?? "null";
    const bytes = Buffer.byteLength(json);
    return bytes > maxBytes ? { kind: "too-large", bytes } : { kind: "value", json };
  } catch (error) {
    const { message } = error as { readonly message?: string };
    return { kind: "failed", message: message ?? String(error) };
  }
}

function post(evaluated?: Evaluated): void {
  const { user, system } = process.threadCpuUsage();
  parentPort?.postMessage({ usedMs: (user + system) / 1000, evaluated } satisfies WorkerMessage);
}

parentPort?.on("message", (request: EvaluateRequest) => void evaluate(request).then(post));

// The first evaluation compiles what all use; that time belongs to no expression.
void evaluate({
  expression: "$sum([1, 2].($ * 2))",
  scope: { input: null, nodes: {}, trigger: null },
  maxBytes: 16,
}).then(() => post());
