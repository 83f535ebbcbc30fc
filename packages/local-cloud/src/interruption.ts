/**
 * A signal that aborts when this process must end, for programs that run a local cloud: at SIGINT, SIGTERM and SIGHUP, and
 * when `tools/run.mjs`, which started the program, disconnects or has ended. The program then closes its cloud. A second
 * SIGINT ends the process at once, and its tasks with it.
 */
export function interruptionSignal(): AbortSignal {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  // Not once: when a terminal closes, SIGHUP comes twice, from the kernel and from run.mjs.
  process.on("SIGTERM", interrupt);
  process.on("SIGHUP", interrupt);
  process.once("disconnect", interrupt);
  // The listener would keep the process alive after the program has finished.
  process.channel?.unref();
  if (process.connected === false) interrupt();
  // Writing to a closed terminal fails. That must not prevent the program from closing its cloud.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  return interruption.signal;
}
