/** Processes as Linux shows them in /proc. */

import { readdirSync, readFileSync } from "node:fs";

/** Of `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
}

/** CPU that a process and its descendants have used, in ms. Those that have ended count if their parent has waited for them. */
export function cpuMsOfTree(pid: number): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return cpuMsOf(
    pid,
    all.flatMap((each) => statOf(Number(each)) ?? []),
  );
}

function cpuMsOf(pid: number, all: readonly Stat[]): number {
  const own = all.find((each) => each.pid === pid)?.cpuMs ?? 0;
  return all.filter(({ parent }) => parent === pid).reduce((sum, child) => sum + cpuMsOf(child.pid, all), own);
}

/** Undefined when the process has ended. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold blanks. proc(5): behind it are state, ppid …; utime is field 14, cutime and cstime 16 and 17.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0);
    return { pid, parent: fields[1] ?? 0, cpuMs: ticks * MS_PER_TICK };
  } catch {
    return undefined;
  }
}
