import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds after a collection of all garbage. */
export interface HeldBytes {
  /** Objects and buffers: exact, and without what sockets hold in C++. */
  readonly used: number;
  /** All of it. Differences of a few hundred KiB are noise. */
  readonly resident: number;
}

/**
 * V8 gives back the pages of its young generation, too: it grows to 64 MiB while a process is busy, earlier with one client than with
 * another, and shrinks by itself in a process that has been idle for some seconds.
 */
export function heldBytes(): HeldBytes {
  collect();
  collect(); // what finalizers of the first one have freed
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}

type Collector = (options: {
  readonly type: "major";
  readonly execution: "sync";
  readonly flavor: "last-resort";
}) => void;

let collector: Collector | undefined;

/** As `--expose-gc` gives it: the process is started without options of its own. */
function collect(): void {
  if (collector === undefined) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as Collector;
  }
  collector({ type: "major", execution: "sync", flavor: "last-resort" });
}
