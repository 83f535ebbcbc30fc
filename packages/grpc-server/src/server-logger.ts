/**
 * Where a server writes its log: a logger of pino, or any other with these methods. `fields` are for programs, `message` for people; an
 * error is the field `err`.
 */
export interface ServerLogger {
  /** Whether lines for developers are written: one for each call. */
  isLevelEnabled(level: "debug"): boolean;
  /** For developers: calls that have ended, and handshakes that failed. */
  debug(fields: object, message: string): void;
  /** The steps of the server's life: serving, draining, stopped. */
  info(fields: object, message: string): void;
  /** What a client or another service has caused: limits that are reached, connections that are refused. */
  warn(fields: object, message: string): void;
  /** What needs a person: a handler that failed, certificates that cannot be used. */
  error(fields: object, message: string): void;
  /** The process ends: an error was not caught. */
  fatal(fields: object, message: string): void;
}
