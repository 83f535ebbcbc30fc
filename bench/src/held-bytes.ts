import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Resident memory after a collection of all garbage: what sockets and sessions hold in C++ counts too, so it is not the
 * heap alone. Differences of a few hundred KiB are noise.
 */
export function heldBytes(): number {
  collect();
  collect(); // what finalizers of the first one have freed
  return process.memoryUsage.rss();
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
