/** The log of a server without a logger: lines of JSON on standard output, without those for developers. */

import { writeSync } from "node:fs";
import type { Clock } from "@agent-team/foundation/clock";
import { dateAt } from "./date.ts";
import { toLoggable } from "./loggable.ts";
import type { ServerLogger } from "./server-logger.ts";

export function createJsonLogger(clock: Clock): ServerLogger {
  const write =
    (level: string) =>
    (fields: object, msg: string): void => {
      const line = { level, time: dateAt(clock.wallNow()).toISOString(), ...withLoggableError(fields), msg };
      writeLine(JSON.stringify(line));
    };
  return {
    isLevelEnabled: () => false,
    debug: () => {},
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    fatal: write("fatal"),
  };
}

function withLoggableError(fields: object): object {
  return "err" in fields ? { ...fields, err: toLoggable(fields.err) } : fields;
}

/** At once, so that no line is lost at exit. */
function writeLine(line: string): void {
  try {
    writeSync(1, `${line}\n`);
  } catch {
    // Standard output is closed or full: a server does not end for its log.
  }
}
