import { systemClock } from "@agent-team/grpc-client";
import { createIdentitySigner, createLogger, onTermination, runProgram } from "@agent-team/grpc-server";
import { readGatewayConfig } from "./config.ts";
import { createEngineClient } from "./engine-client.ts";
import { startGateway } from "./gateway.ts";
import { getWorkflowClient } from "./workflow-client.ts";

await runProgram(async () => {
  const config = readGatewayConfig(process.env);
  const { IDENTITY_SECRET: secrets } = config;
  const identity = secrets === undefined ? undefined : createIdentitySigner(secrets, systemClock);
  const gateway = await startGateway({
    config,
    logger: createLogger(config, "api-gateway"),
    clock: systemClock,
    workflow: await getWorkflowClient({ identity }),
    engine: createEngineClient({ identity }),
  });
  onTermination((hurry) => gateway.stop(hurry), { limitMs: config.STOP_TIMEOUT_MS });
});
