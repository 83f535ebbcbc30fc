import type { CallRecord, LoadResult, StreamRecord } from "../load/records.ts";
import type { LoggedAttempt } from "../servers/call-log.ts";

/** An attempt in the log of a server, with its time since the load began. */
export type Attempt = Omit<LoggedAttempt, "t"> & { readonly atMs: number };

/** Everything that one run of one client left. */
export interface RunData extends LoadResult {
  readonly attempts: readonly Attempt[];
  /** The address of each host, by its number. */
  readonly addresses: readonly string[];
  /** Processes that did not end by themselves. */
  readonly leftRunning: number;
}

/** Repeats of the same case by the same client as one: calls of different runs stay apart by their ids. */
export function pool(runs: readonly RunData[]): RunData {
  const sum = (of: (run: RunData) => number): number => runs.reduce((total, run) => total + of(run), 0);
  return {
    calls: runs.flatMap(({ calls }, run) => calls.map((call): CallRecord => ({ ...call, id: `${run}/${call.id}` }))),
    streams: runs.flatMap(({ streams }, run) =>
      streams.map((one): StreamRecord => ({ ...one, id: `${run}/${one.id}` })),
    ),
    attempts: runs.flatMap(({ attempts }, run) =>
      attempts.map((attempt): Attempt => ({ ...attempt, callId: `${run}/${attempt.callId}` })),
    ),
    addresses: runs[0]?.addresses ?? [],
    settledTwice: sum(({ settledTwice }) => settledTwice),
    leftRunning: sum(({ leftRunning }) => leftRunning),
    uncaught: runs.flatMap(({ uncaught }) => uncaught),
    cpuMs: sum(({ cpuMs }) => cpuMs) / runs.length,
    // Samples of different runs do not belong to one line.
    resident: runs[0]?.resident ?? [],
    alive: runs[0]?.alive ?? [],
  };
}
