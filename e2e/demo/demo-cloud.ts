import { AddressTakenError, agentTeamServices, type LocalCloud, startLocalCloud } from "@agent-team/local-cloud";

/**
 * Starts a local cloud on a free port, in the first free address block. AWS's delays are halved, so that two disruptions
 * fit into a minute.
 */
export async function startDemoCloud(logFolder: string, pids: Set<number>, signal: AbortSignal): Promise<LocalCloud> {
  for (let block = 12; ; block++) {
    try {
      return await startLocalCloud({
        vpc: `127.${block}.0.0/16`,
        publishedPort: 0,
        // Slow enough to read, and for a kill to hit agents in the middle of an answer.
        services: agentTeamServices({ environment: { PLANNER_PACE_MS: "25" } }),
        speed: 2,
        logFolder,
        signal,
        onEvent: (event) => {
          if (event.kind === "task-changed" && event.task.pid !== undefined) pids.add(event.task.pid);
        },
      });
    } catch (error) {
      // Another demo has the block. There are twenty blocks.
      if (!(error instanceof AddressTakenError) || block === 31) throw error;
    }
  }
}
