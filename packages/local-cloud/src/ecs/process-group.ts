/**
 * Sends SIGKILL to every process of the process group of `leader`. Each task has a process group, so that it ends as a
 * container does, with all its processes. Does nothing when the group is empty.
 */
export function endProcessGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // ESRCH: the group is empty.
  }
}
