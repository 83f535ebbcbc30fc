import { randomUUID } from "node:crypto";
import type { Clock } from "@agent-team/foundation/clock";
import { sendMessage } from "./turn.ts";

/** One conversation turn of the load. */
interface LoadedCall {
  readonly startedAt: number;
  /** Undefined if the turn was completed. */
  readonly error: string | undefined;
}

/** Callers that make one turn after the other until `stop`. */
export interface Load {
  /** Calls that have ended so far, failed ones included. */
  readonly ended: readonly LoadedCall[];
  /** Resolves when the last call has ended. */
  stop(): Promise<readonly LoadedCall[]>;
}

/** Starts `callers` at once; each makes its next call when its last one has ended. */
export function startLoad(url: string, callers: number, clock: Clock): Load {
  const ended: LoadedCall[] = [];
  let stopping = false;
  const call = async (): Promise<void> => {
    while (!stopping) {
      const startedAt = clock.now();
      ended.push({ startedAt, error: await errorOf(sendMessage(url, `load-${randomUUID()}`, "Hello, workflow!")) });
    }
  };
  const all = Promise.all(Array.from({ length: callers }, call));
  return {
    ended,
    async stop() {
      stopping = true;
      await all;
      return ended;
    },
  };
}

async function errorOf(turn: AsyncIterable<unknown>): Promise<string | undefined> {
  try {
    for await (const _event of turn);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
