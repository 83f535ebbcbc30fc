import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { TaskDescription } from "../task-description.ts";

/** Of proc(5)'s clock ticks: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A task's use, in percent. A process has no reservation, so it is of one CPU and of the machine's memory. */
export interface TaskUsage {
  /** On average since the task was launched. */
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
    return undefined; // it ended in this moment, or there is no /proc
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
