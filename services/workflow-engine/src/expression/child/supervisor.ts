/**
 * The thread that ends its process when an expression takes too much CPU time or memory. It counts CPU time and not wall
 * time, so that an expression does not fail because the machine is busy. An endless expression ends also when its engine was
 * killed. The thread sleeps while no expression runs.
 */
import { parentPort, workerData } from "node:worker_threads";
import { OVERRUN_SIGNAL } from "../job.ts";
import { MAX_EXPRESSION_MIB } from "../limits.ts";
import { Turns } from "./turns.ts";

/** A turn ends at most this long after its limit. Costs 100 wake-ups a second while an expression runs. */
const LOOK_EVERY_MS = 10;

/** What the thread is given. */
export interface Supervision {
  readonly cells: SharedArrayBuffer;
  /** CPU time that one expression may take, in milliseconds. */
  readonly maxCpuMs: number;
}

const { cells, maxCpuMs } = workerData as Supervision;
const turns = new Turns(cells);

parentPort?.postMessage("supervising"); // the CPU time of loading counts to no expression
for (;;) {
  const turn = turns.awaitTurn();
  const maxRss = process.memoryUsage.rss() + MAX_EXPRESSION_MIB * 1024 * 1024;
  while (turns.stillRuns(turn, LOOK_EVERY_MS)) {
    // Memory first: an expression above both limits is too large.
    if (process.memoryUsage.rss() > maxRss) process.kill(process.pid, "SIGKILL");
    if (turns.turnMs > maxCpuMs) process.kill(process.pid, OVERRUN_SIGNAL);
  }
}
