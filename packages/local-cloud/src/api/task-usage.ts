import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { TaskDescription } from "../task-description.ts";

/** USER_HZ of proc(5): 100 on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

/** Utilization in percent of one CPU and of the machine's memory, since a process has no reservation. */
export interface TaskUsage {
  /** Average since the launch of the task. */
  readonly CPUUtilization: number;
  readonly MemoryUtilization: number;
}

/** Undefined for a task without a process, and where the system has no /proc. */
export function readUsage({ pid, enteredAtMs }: TaskDescription, nowMs: number): TaskUsage | undefined {
  const launchedMs = enteredAtMs.provisioning;
  if (pid === undefined || launchedMs === undefined || nowMs <= launchedMs) return undefined;
  try {
    const cpuSeconds = readCpuSeconds(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const residentBytes = readResidentBytes(readFileSync(`/proc/${pid}/status`, "utf8"));
    return {
      CPUUtilization: (100 * cpuSeconds) / ((nowMs - launchedMs) / 1_000),
      MemoryUtilization: (100 * residentBytes) / totalmem(),
    };
  } catch {
    return undefined; // the process has ended, or the system has no /proc
  }
}

/** proc_pid_stat(5): utime and stime are the fields 14 and 15. The second field, the program's name, may hold spaces. */
function readCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function readResidentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}
