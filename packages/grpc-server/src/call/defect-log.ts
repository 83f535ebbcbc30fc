/** What `serve()` writes into its log about calls, and what it never lets a log line do: throw, repeat, or be huge. */

import type { Logger } from "../logger.ts";
import type { FailureReport } from "./failure.ts";

/** Of a message or a stack; CloudWatch takes events of 256 KiB. */
const MAX_TEXT_CHARACTERS = 8_192;

/** Causes below an error. */
const MAX_CAUSES = 3;

/** Keys that are remembered as logged: handlers choose them, so there may be any number. */
const MAX_REMEMBERED = 1_000;

export class DefectLog {
  readonly #logger: Logger;
  readonly #remembered = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  failed(method: string, report: FailureReport): void {
    const err = loggable(report.thrown);
    if (report.kind === "defect") this.#logger.error({ method, err }, "a handler failed");
    else this.#logger.warn({ method, err, id: report.id }, "a call to another service failed");
  }

  /** Something failed where serve() itself stands. */
  threw(method: string, thrown: unknown): void {
    this.#logger.error({ method: cut(method), err: loggable(thrown) }, "a call could not be answered");
  }

  /** A handler set metadata or details that gRPC cannot carry, or that are too large. Once per method and key. */
  leftOut(method: string, keys: readonly string[]): void {
    for (const key of keys) {
      const entry = `${method} ${key}`;
      if (this.#remembered.has(entry) || this.#remembered.size >= MAX_REMEMBERED) continue;
      this.#remembered.add(entry);
      this.#logger.warn({ method, key: cut(key) }, "left out of an answer: gRPC cannot carry it, or it is too large");
    }
  }
}

/** An error as data. Its getters may throw, and it may be no error at all. */
function loggable(thrown: unknown, causes = MAX_CAUSES): object {
  try {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(String(thrown)) };
    const { name, message, stack, cause } = thrown;
    const below = cause === undefined || causes === 0 ? {} : { cause: loggable(cause, causes - 1) };
    return { type: String(name), message: cut(String(message)), stack: cut(String(stack)), ...below };
  } catch {
    return { message: "what was thrown cannot be read: a getter of it throws" };
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text;
}
