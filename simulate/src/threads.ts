/** Runs jobs on a thread for each core. The results have the order of the jobs, so that they do not depend on the threads. */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job } from "./job.ts";
import type { Measures } from "./measures.ts";

type Answer = { readonly measures: Measures; readonly error?: undefined } | { readonly error: unknown };

/** `onProgress`: called after each job with the number of jobs that are done. */
export async function runOnThreads(
  jobs: readonly Job[],
  onProgress: (done: number) => void = () => {},
): Promise<readonly Measures[]> {
  const results = new Array<Measures>(jobs.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      while (next < jobs.length) {
        const at = next++;
        results[at] = await ask(thread, jobs[at] as Job);
        onProgress(++done);
      }
    } finally {
      await thread.terminate();
    }
  };
  const threads = Math.min(availableParallelism(), jobs.length);
  await Promise.all(Array.from({ length: threads }, work));
  return results;
}

function ask(thread: Worker, job: Job): Promise<Measures> {
  const { promise, resolve, reject } = Promise.withResolvers<Measures>();
  const fail = (error: unknown) =>
    reject(new Error(`${job.scenario}, ${job.subject}, seed ${job.seed}`, { cause: error }));
  thread.once("error", fail);
  thread.once("message", (answer: Answer) => {
    thread.off("error", fail);
    if (answer.error === undefined) resolve((answer as { measures: Measures }).measures);
    else fail(answer.error);
  });
  thread.postMessage(job);
  return promise;
}
