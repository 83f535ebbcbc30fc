/**
 * The thread that ends its process when the expression in it takes too much CPU time or memory: CPU and not wall time, so
 * that a busy machine does not fail an honest expression. It needs no engine for that, so an endless expression ends also
 * after its engine was killed. It sleeps while no expression runs.
 */
import { parentPort, workerData } from "node:worker_threads";
import { OVERRUN_SIGNAL } from "../job.ts";
import { maxExpressionCpuMs, maxExpressionMiB } from "../limits.ts";
import { Turns } from "./turns.ts";

/** Often enough to end a turn close to its limit, and 100 wake-ups a second while an expression runs. */
const LOOK_EVERY_MS = 10;

const turns = new Turns(workerData as SharedArrayBuffer);

parentPort?.postMessage("supervising"); // what it took to load belongs to no expression
for (;;) {
  const turn = turns.awaitTurn();
  const maxRss = process.memoryUsage.rss() + maxExpressionMiB * 1024 * 1024;
  while (turns.stillRuns(turn, LOOK_EVERY_MS)) {
    // Memory first: an expression that takes too much of both is too large.
    if (process.memoryUsage.rss() > maxRss) process.kill(process.pid, "SIGKILL");
    if (turns.turnMs > maxExpressionCpuMs) process.kill(process.pid, OVERRUN_SIGNAL);
  }
}
