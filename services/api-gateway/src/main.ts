import { systemClock } from "@agent-team/foundation/clock";
import {
  createIdentitySigner,
  createLogger,
  logCertificates,
  onTermination,
  reportClientMetrics,
  runProgram,
} from "@agent-team/grpc-server";
import { createEngineClient } from "./clients/engine-client.ts";
import { getWorkflowClient } from "./clients/workflow-client.ts";
import { readGatewayConfig } from "./config.ts";
import { startGateway } from "./gateway.ts";

await runProgram(async () => {
  const config = readGatewayConfig(process.env);
  const { IDENTITY_SECRET: secrets } = config;
  const identity = secrets === undefined ? undefined : createIdentitySigner(secrets, systemClock);
  const logger = createLogger(config, "api-gateway");
  const workflow = await getWorkflowClient({ identity });
  const engine = createEngineClient({ identity });
  logCertificates(workflow, "workflow-agent", logger);
  logCertificates(engine, "workflow-engine", logger);
  const metrics = { namespace: config.CLIENT_METRICS_NAMESPACE, logger, clock: systemClock };
  reportClientMetrics(workflow, { ...metrics, target: "workflow-agent" });
  reportClientMetrics(engine, { ...metrics, target: "workflow-engine" });
  const gateway = await startGateway({ config, logger, clock: systemClock, workflow, engine });
  onTermination((hurry) => gateway.stop(hurry), { limitMs: config.STOP_TIMEOUT_MS, logger });
});
