/** A thread that runs jobs: one at a time, each answered by its figures. */

import { parentPort } from "node:worker_threads";
import { type Job, runJob } from "./job.ts";

if (parentPort === null) throw new Error("worker.ts: expected to be started as a thread");
const port = parentPort;
port.on("message", (job: Job) => {
  runJob(job).then(
    (measures) => port.postMessage({ measures }),
    (error: unknown) => port.postMessage({ error }),
  );
});
