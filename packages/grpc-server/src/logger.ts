import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { type DestinationStream, type Logger, pino } from "pino";
import { dateAt } from "./date.ts";
import type { Environment } from "./environment.ts";

export type { Logger } from "pino";

/** Levels of a log line, the most important first. `silent` writes no line. */
export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Fields that hold a credential. */
const SECRET_FIELDS = ["authorization", "cookie", "x-at-identity", "token", "password", "secret", "apiKey"];

/** Levels at which a secret field is found: `{ token }`, `{ request: { token } }`, `{ request: { headers: { token } } }`. */
const DEPTHS = ["", "*", "*.*"];

/** The variables that decide which lines are written. */
export interface LogConfig {
  /** True lowers LOG_LEVEL to `debug`. Default false. */
  readonly DEBUG: boolean;
  /** The quietest level that is still written. Default `info`. */
  readonly LOG_LEVEL: LogLevel;
}

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** Gives each line its time. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Gets the lines. Default: standard output, written synchronously, so that no line is lost at exit. */
  readonly destination?: DestinationStream | undefined;
  /** Has the ECS task id. Default: the process environment. */
  readonly env?: Environment | undefined;
}

/**
 * A JSON line per event, with ISO time, the service's name and, on ECS, the task's id. Secret fields are replaced by
 * `[redacted]`. Callers never log message text or payloads.
 */
export function createLogger(config: LogConfig, service: string, options: LoggerOptions = {}): Logger {
  const clock = options.clock ?? systemClock;
  const task = taskId(options.env ?? process.env);
  return pino(
    {
      level: config.DEBUG ? "debug" : config.LOG_LEVEL,
      base: task === undefined ? { service } : { service, task },
      timestamp: () => `,"time":"${dateAt(clock.wallNow()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: DEPTHS.flatMap((depth) => SECRET_FIELDS.map((field) => `${depth}["${field}"]`)),
        censor: "[redacted]",
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** ECS gives a task the address of its metadata, whose path is `/v4/{task id}-{container number}`. */
function taskId(env: Environment): string | undefined {
  return /\/v4\/([0-9a-f]{32}(?=-)|[^/]+)/.exec(env["ECS_CONTAINER_METADATA_URI_V4"] ?? "")?.[1];
}
