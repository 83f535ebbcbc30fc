/** The engine as a process. In: environment variables. Out: gRPC on GRPC_PORT. After SIGTERM it ends when its runs have ended. */
import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createLogger, runProgram, Sweeper, serve, Ticker } from "@agent-team/grpc-server";
import { createJournal, STORE_FULL_REMEDY, StoreRefusals } from "@agent-team/journal";
import { approvalLinksOf, ownerLimitsOf, readEngineConfig, secretsOf } from "./config.ts";
import { createEngine } from "./engine.ts";
import { openModelsOf } from "./models/open-models.ts";
import { renewMsOf } from "./run-queue.ts";

await runProgram(async () => {
  const clock = systemClock;
  const config = readEngineConfig(process.env);
  const logger = createLogger(config, "workflow-engine");
  const journal = await createJournal({
    redisUrl: config.REDIS_URL,
    url: config.JOURNAL_URL,
    clock,
    random: systemRandom,
    onEvent: ({ kind, message, ...event }) => logger[kind === "ready" ? "info" : "warn"](event, message),
  });
  const { askModels, metrics } = await openModelsOf(config, { clock, random: systemRandom, logger });
  const refusals = new StoreRefusals({
    clock,
    kinds: ["runs", "workflows"],
    onReport: (report) => logger.warn(report, STORE_FULL_REMEDY),
  });
  const engine = createEngine({
    journal,
    clock,
    random: systemRandom,
    logger,
    allowHosts: config.HTTP_ALLOW_HOSTS,
    limits: ownerLimitsOf(config),
    leaseMs: config.RUN_LEASE_MS,
    askModels,
    approvalLinks: approvalLinksOf(config),
    secrets: secretsOf(config),
    onStoreFull: (what) => refusals.didRefuse(what),
  });
  const ticker = new Ticker({
    clock,
    logger,
    intervalMs: renewMsOf(config.RUN_LEASE_MS),
    tick: () => engine.tick(),
    onFailure: "runs could not be renewed; another engine may take them over",
  });
  const sweeper = new Sweeper({ clock, logger, sweep: () => engine.sweep() });
  await serve({
    config,
    logger,
    clock,
    services: [engine.service],
    audience: "workflow-engine",
    metrics: () => metrics() + refusals.render(),
    dependencies: [{ name: "store", isAvailable: () => journal.isReady }],
    async onDrain({ callsEnded }) {
      sweeper.stop();
      engine.endStreams();
      await callsEnded; // until then a call may start a run
      await engine.drained();
      ticker.stop(); // until then the leases of the last runs are renewed
    },
  });
});
