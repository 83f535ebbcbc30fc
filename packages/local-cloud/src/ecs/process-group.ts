/**
 * SIGKILL to every process of the group that `leader` leads: a task is a group of its own, and ends as a container does,
 * with all processes in it. Does nothing when none is left.
 */
export function endProcessGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // ESRCH: none is left.
  }
}
