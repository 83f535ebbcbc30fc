import { timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Cron } from "croner";

const EXPECTED_FIELDS =
  "expected five fields: minute, hour, day of month, month, day of week; or six, with the second before them";
const WHITE_SPACE = /\s+/;
const CRONER_PREFIX = /^CronPattern: /;

/** Firings that are counted one by one. After a longer absence the number of missed ones is this one. */
const MAX_COUNTED = 1000;

/** The last of several firings that are due at once, and the number of the others. */
export interface DueFiring {
  readonly scheduledMs: number;
  readonly missed: number;
}

/** The moments of a cron expression in a time zone. Moments are milliseconds since the Unix epoch. */
export class CronSchedule {
  readonly #cron: Cron;

  /** @throws Error with what is wrong with the expression */
  constructor(expression: string, timezone = "UTC") {
    this.#cron = new Cron(expression, { paused: true, mode: "5-or-6-parts", timezone });
  }

  /** What is wrong with an expression, for people; `undefined` when nothing is. */
  static problemOf(expression: string): string | undefined {
    // croner reads more forms (years, "@daily"); other tools read only these.
    const fields = expression.trim().split(WHITE_SPACE).length;
    if (fields !== 5 && fields !== 6) return EXPECTED_FIELDS;
    try {
      new CronSchedule(expression);
      return undefined;
    } catch (error) {
      return (error as Error).message.replace(CRONER_PREFIX, "");
    }
  }

  /** The first firing after a moment; `undefined` for one that never comes, such as the 31st of February. */
  nextAfter(ms: number): number | undefined {
    return this.#cron.nextRun(timestampDate(timestampFromMs(ms)))?.getTime();
  }

  /** The firing that counts at `nowMs`, when `firstMs` is the first one that is due: missed ones become one. */
  dueAt(firstMs: number, nowMs: number): DueFiring {
    let scheduledMs = firstMs;
    for (let missed = 0; missed < MAX_COUNTED; missed++) {
      const nextMs = this.nextAfter(scheduledMs);
      if (nextMs === undefined || nextMs > nowMs) return { scheduledMs, missed };
      scheduledMs = nextMs;
    }
    const [last] = this.#cron.previousRuns(1, timestampDate(timestampFromMs(nowMs + 1)));
    return { scheduledMs: last?.getTime() ?? scheduledMs, missed: MAX_COUNTED };
  }
}
