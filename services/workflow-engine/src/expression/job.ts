import type { JsonValue } from "@bufbuild/protobuf";

/** A question to an expression process: evaluate an expression over the scope that comes with it, or parse one. */
export type Job =
  | { readonly kind: "evaluate"; readonly expression: string; readonly maxBytes: number }
  | { readonly kind: "parse"; readonly expression: string };

/** The answer to a question. Before the first question the process sends `ready`. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "value"; readonly value: JsonValue }
  | { readonly kind: "failed"; readonly message: string }
  /** The value has more bytes of JSON than `maxBytes`. */
  | { readonly kind: "too-large"; readonly bytes: number }
  /** The problem with the syntax; absent when there is none. */
  | { readonly kind: "parsed"; readonly problem?: string | undefined };

/** A process that has used up its CPU time ends itself by this signal. A process that ended otherwise took too much memory. */
export const OVERRUN_SIGNAL = "SIGALRM";
