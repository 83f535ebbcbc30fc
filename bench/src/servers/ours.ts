import { createLogger, readConfig, serve, serverConfigShape, service } from "@agent-team/grpc-server";
import { z } from "zod";
import { EVENTS, SERVICE, workflowOf } from "../workload.ts";

/** `serve()` with its defaults, as our services start it: health, reflection, admission, metrics, a log at `warn`. */
export async function start(): Promise<number> {
  const environment = { GRPC_HOST: "127.0.0.1", HEALTH_PORT: "0", LOG_LEVEL: "warn" };
  const config = readConfig(z.object(serverConfigShape({ defaultPort: 0 })), environment);
  const handlers = service(SERVICE, {
    getWorkflow: async (request) => ({ workflow: workflowOf(request) }),
    async *watchRun() {
      for (const event of EVENTS) yield event;
    },
  });
  const logger = createLogger(config, "bench");
  return (await serve({ config, logger, services: [handlers], audience: "bench" })).port;
}
