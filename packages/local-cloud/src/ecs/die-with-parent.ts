/**
 * The main program of every task: runs the task's own program, given as the last argument, and ends the task when the
 * local cloud has ended. The kernel closes a dead process's end of the IPC channel, also after SIGKILL, so the cloud needs
 * no handler for that.
 *
 * It is the main program and no `--import`, because worker threads and forked processes inherit an import: there it would
 * find no channel to the cloud and end them. A main program runs in the task's main thread alone.
 */

import { pathToFileURL } from "node:url";
import { endProcessGroup } from "./process-group.ts";

const leave = (): never => {
  endProcessGroup(process.pid);
  return process.exit(1);
};

if (process.channel === undefined || !process.connected) leave();
process.once("disconnect", leave);
// The listener holds the process; a task that has finished must still be able to end.
process.channel?.unref();

// As the program would find its arguments if Node had started it.
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1] as string).href);
