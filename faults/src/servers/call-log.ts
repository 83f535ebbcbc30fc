/**
 * What a server writes of each call that reached it: `callId attempt executed t`. Written at once, so that a process that
 * is killed leaves a complete log. `executed` is 1 when the handler ran.
 */

import { openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@agent-team/foundation/clock";

export interface LoggedAttempt {
  readonly callId: string;
  /** From 1. */
  readonly attempt: number;
  readonly endpoint: string;
  readonly executed: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly t: number;
}

/** Stands in the place of a call's id where a connection was accepted. */
export const CONNECTION = "connection";

export class CallLog {
  readonly #file: number;

  /** Appends to the log of `endpoint` in `folder`. */
  constructor(folder: string, endpoint: string) {
    this.#file = openSync(join(folder, endpoint), "a");
  }

  add(callId: string, attempt: number, executed: boolean): void {
    writeSync(this.#file, `${callId} ${attempt} ${executed ? 1 : 0} ${systemClock.wallNow()}\n`);
  }
}

/** The logs of all endpoints. */
export function readCallLogs(folder: string): readonly LoggedAttempt[] {
  return readdirSync(folder).flatMap((endpoint) =>
    readFileSync(join(folder, endpoint), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => parse(line, endpoint)),
  );
}

function parse(line: string, endpoint: string): LoggedAttempt {
  const [callId = "", attempt, executed, t] = line.split(" ");
  return { callId, attempt: Number(attempt), endpoint, executed: executed === "1", t: Number(t) };
}
