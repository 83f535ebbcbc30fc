/**
 * The main program of every task: runs the task's own program, given as the last argument, and ends the task when the
 * local cloud has ended. The kernel closes the cloud's end of the IPC channel when the cloud dies, also by SIGKILL, so the
 * cloud needs no handler for that.
 *
 * It is the main program and not an `--import`: worker threads and forked processes inherit imports, and there it would find
 * no IPC channel and end them. The main program runs in the main thread alone.
 */

import { pathToFileURL } from "node:url";
import { endProcessGroup } from "./process-group.ts";

const endTask = (): never => {
  endProcessGroup(process.pid);
  return process.exit(1);
};

if (process.channel === undefined || !process.connected) endTask();
process.once("disconnect", endTask);
// The listener would keep the process alive after the program has finished.
process.channel?.unref();

// Removes this file from the arguments, as if Node had started the program itself.
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1] as string).href);
