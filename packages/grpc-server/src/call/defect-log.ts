/**
 * Log lines about calls: failures of handlers and of `serve()` come in, bounded lines go out. It never throws, and it
 * names an omitted key once per method.
 */

import { toLoggable, toLoggableText } from "../loggable.ts";
import type { ServerLogger } from "../server-logger.ts";
import type { FailureReport } from "./failure.ts";

/** Keys that are remembered as logged: handlers choose them, so there may be any number. */
const MAX_REMEMBERED = 1_000;

export class DefectLog {
  readonly #logger: Pick<ServerLogger, "error" | "warn">;
  readonly #remembered = new Set<string>();

  constructor(logger: Pick<ServerLogger, "error" | "warn">) {
    this.#logger = logger;
  }

  /** A handler, or a call that it made, failed. */
  didFail(method: string, report: FailureReport): void {
    const err = toLoggable(report.thrown);
    if (report.kind === "defect") this.#logger.error({ method, err }, "a handler failed");
    else this.#logger.warn({ method, err, id: report.id }, "a call to another service failed");
  }

  /** The code of `serve()` around the handlers threw. */
  didThrow(method: string, thrown: unknown): void {
    this.#logger.error({ method: toLoggableText(method), err: toLoggable(thrown) }, "a call could not be answered");
  }

  /** A handler set metadata or details that gRPC cannot carry, or that are too large. One line per method and key. */
  didOmit(method: string, keys: readonly string[]): void {
    for (const key of keys) {
      const entry = `${method} ${key}`;
      if (this.#remembered.has(entry) || this.#remembered.size >= MAX_REMEMBERED) continue;
      this.#remembered.add(entry);
      this.#logger.warn(
        { method, key: toLoggableText(key) },
        "omitted from an answer: gRPC cannot carry it, or it is too large",
      );
    }
  }
}
