import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds after a collection of all garbage. */
export interface HeldBytes {
  /** Objects and buffers: exact, and without what sockets hold in C++. */
  readonly used: number;
  /** All of it, and pages that the heap has kept from busier times. Differences of a few hundred KiB are noise. */
  readonly resident: number;
}

export function heldBytes(): HeldBytes {
  collect();
  collect(); // what finalizers of the first one have freed
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}

let collector: (() => void) | undefined;

/** As `--expose-gc` gives it: the process is started without options of its own. */
function collect(): void {
  if (collector === undefined) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}
