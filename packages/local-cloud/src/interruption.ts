/**
 * Aborts when this process is to end: for programs that run a local cloud. It aborts at SIGINT, SIGTERM and SIGHUP, and when
 * `tools/run.mjs`, which started the program, disconnects or has ended. Then the program closes its cloud; a second SIGINT
 * ends it at once, and its tasks with it.
 */
export function interruptionSignal(): AbortSignal {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  // Not once: for one closed terminal SIGHUP comes from the kernel and from run.mjs.
  process.on("SIGTERM", interrupt);
  process.on("SIGHUP", interrupt);
  process.once("disconnect", interrupt);
  // The listener holds the process; a program that has finished must still be able to end.
  process.channel?.unref();
  if (process.connected === false) interrupt();
  // A closed terminal accepts no output. That must not keep the program from closing its cloud.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  return interruption.signal;
}
