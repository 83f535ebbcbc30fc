import { AddressTakenError, agentTeamServices, type LocalCloud, startLocalCloud } from "@agent-team/local-cloud";

/**
 * A local cloud beside whatever else runs here: on a free port, and in the first address block that is free.
 * The waits of the real thing are halved, so that two disruptions fit into a minute.
 */
export async function startDemoCloud(logFolder: string, pids: Set<number>, signal: AbortSignal): Promise<LocalCloud> {
  for (let block = 12; ; block++) {
    try {
      return await startLocalCloud({
        vpc: `127.${block}.0.0/16`,
        publishedPort: 0,
        // Slow enough for eyes, and for a kill to hit agents in the middle of an answer.
        services: agentTeamServices({ environment: { PLANNER_PACE_MS: "25" } }),
        speed: 2,
        logFolder,
        signal,
        onEvent: (event) => {
          if (event.kind === "task-changed" && event.task.pid !== undefined) pids.add(event.task.pid);
        },
      });
    } catch (error) {
      // Another demo; twenty at a time are enough.
      if (!(error instanceof AddressTakenError) || block === 31) throw error;
    }
  }
}
