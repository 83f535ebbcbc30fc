import { readdirSync, readFileSync } from "node:fs";

/**
 * The process ids of the running tasks of the local cloud at `vpc`, such as `127.40.0.0/16`: the cloud sets HEALTH_HOST to an
 * address of its block in the environment of each task. Linux only.
 */
export function taskProcesses(vpc: string): readonly number[] {
  const prefix = `HEALTH_HOST=${vpc.split(".", 2).join(".")}.`;
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(prefix))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return ""; // the process has ended meanwhile, or belongs to another user
  }
}
