/** What an append to a log of the journal takes on a local Redis, one after the other, by the number of records before it. */

import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal } from "@agent-team/journal";
import { median } from "../median.ts";

/** One event of a run. */
const RECORD: Uint8Array = new Uint8Array(200).fill(65);
/** Appends of each log that count to a length: from it on. */
const COUNTED = 10;
const SHORT = 10;
const LONG = 1_000;

export interface Appends {
  readonly p50Ms: number;
  readonly after10Ms: number;
  readonly after1000Ms: number;
}

export async function measureAppends(redisUrl: string, logs: number): Promise<Appends> {
  const journal = await createJournal({ redisUrl, clock: systemClock, random: systemRandom });
  const tookMs: number[][] = [];
  for (let log = 0; log < logs; log++) {
    const key = `bench/${log}`;
    let version = await journal.put(key, RECORD);
    const ofLog: number[] = [];
    for (let at = 0; at < LONG + COUNTED; at++) {
      const startedMs = performance.now();
      version = await journal.append(key, [RECORD], { expectedVersion: version });
      ofLog.push(performance.now() - startedMs);
    }
    tookMs.push(ofLog);
  }
  await journal.close();
  const after = (length: number): number => median(tookMs.flatMap((ofLog) => ofLog.slice(length, length + COUNTED)));
  return { p50Ms: median(tookMs.flat()), after10Ms: after(SHORT), after1000Ms: after(LONG) };
}
