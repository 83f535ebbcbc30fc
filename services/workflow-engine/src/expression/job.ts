import type { JsonValue } from "@bufbuild/protobuf";

/** What an expression process is asked: to evaluate an expression over the scope that comes with it, or to parse one. */
export type Job =
  | { readonly kind: "evaluate"; readonly expression: string; readonly maxBytes: number }
  | { readonly kind: "parse"; readonly expression: string };

/** What it answers, one answer for each question. The first answer, to none, is `ready`. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "value"; readonly value: JsonValue }
  | { readonly kind: "failed"; readonly message: string }
  /** The value has more bytes of JSON than `maxBytes`. */
  | { readonly kind: "too-large"; readonly bytes: number }
  /** What is wrong with the syntax; absent when nothing is. */
  | { readonly kind: "parsed"; readonly problem?: string | undefined };

/** The signal by which a process that used up its CPU time ends itself. After any other end it was its memory. */
export const OVERRUN_SIGNAL = "SIGALRM";
