import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import { ecsArns, ecsNames } from "../aws-names.ts";
import { foreignRequest } from "../http-guard.ts";
import { closeServer, listen } from "../listen.ts";
import { LAST_STATUS, type TaskDescription } from "../task-description.ts";

export interface MetadataServer {
  /** Value of `ECS_CONTAINER_METADATA_URI_V4` for a task. */
  uriFor(taskId: string): string;
  close(): Promise<void>;
}

/** Serves the ECS task metadata endpoint, version 4: `GET /v4/{task-id}/task`. Tasks read their zone from it. */
export async function startMetadataServer(
  address: HostPort,
  cluster: string,
  find: (taskId: string) => TaskDescription | undefined,
): Promise<MetadataServer> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const foreign = foreignRequest(request);
    if (foreign !== undefined) return void response.writeHead(403).end(foreign);
    const id = /^\/v4\/([0-9a-f]+)\/task$/.exec(request.url ?? "")?.[1];
    const task = id === undefined ? undefined : find(id);
    response.setHeader("content-type", "application/json");
    response.statusCode = task === undefined ? 404 : 200;
    response.end(JSON.stringify(task === undefined ? { error: "unknown task" } : document(cluster, task)));
  };
  const server = createServer(answer);
  const bound = await listen(server, address);
  return {
    uriFor: (taskId) => `http://${formatHostPort(bound)}/v4/${taskId}`,
    async close() {
      server.closeAllConnections();
      await closeServer(server);
    },
  };
}

/** The fields of the AWS document that exist in the local cloud. */
function document(cluster: string, task: TaskDescription): Record<string, string> {
  return {
    Cluster: cluster,
    TaskARN: ecsArns.task(cluster, task.id),
    Family: ecsNames.family(cluster, task.service),
    ServiceName: ecsNames.service(task.service),
    // The task definition does not change while the cloud runs.
    Revision: "1",
    KnownStatus: LAST_STATUS[task.state],
    LaunchType: "FARGATE",
    AvailabilityZone: task.zone,
  };
}
