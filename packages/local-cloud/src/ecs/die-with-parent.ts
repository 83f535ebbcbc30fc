/**
 * Preloaded into every task. Closes the task when the local cloud is gone, however it went: the kernel closes a dead
 * process's end of the IPC channel, also after SIGKILL, and that needs no handler over there.
 */

const leave = (): never => process.exit(1);

if (process.channel === undefined || !process.connected) leave();
process.once("disconnect", leave);
// The listener holds the process; a task that has finished must still be able to end.
process.channel?.unref();

export {};
