import { WorkflowAgentService } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import {
  createIdentitySigner,
  createLogger,
  logCertificates,
  reportClientMetrics,
  runProgram,
  Sweeper,
  serve,
  service,
  Ticker,
} from "@agent-team/grpc-server";
import { createJournal, STORE_FULL_REMEDY, StoreRefusals } from "@agent-team/journal";
import { createAgent } from "./agent.ts";
import { createCatalogue } from "./catalogue.ts";
import { ownerLimitsOf, readAgentConfig } from "./config.ts";
import { sweep } from "./conversation/retention.ts";
import { warmUpPlanner } from "./embedded-planner.ts";
import { engineOver, openEngineChannel } from "./engine-channel.ts";
import { createEngineWorkflows } from "./engine-workflows.ts";
import { openPlanner } from "./open-planner.ts";
import { RENEW_MS } from "./turn/turn-queue.ts";
import { expiredTurns } from "./turn/turn-retention.ts";
import { createValidate } from "./validate.ts";

const UNREADABLE = {
  conversation:
    "a stored conversation cannot be read; lists omit it, and it is not removed unless its owner deletes it",
  turn: "a stored turn cannot be read; it does not go on, and is removed as others",
};

await runProgram(async () => {
  const config = readAgentConfig(process.env);
  const { IDENTITY_SECRET: secrets } = config;
  const logger = createLogger(config, "workflow-agent");
  const channel = openEngineChannel(process.env);
  logCertificates(channel, "workflow-engine", logger);
  reportClientMetrics(channel, {
    namespace: config.CLIENT_METRICS_NAMESPACE,
    target: "workflow-engine",
    logger,
    clock: systemClock,
  });
  const journal = await createJournal({
    redisUrl: config.REDIS_URL,
    url: config.JOURNAL_URL,
    clock: systemClock,
    random: systemRandom,
    onEvent: ({ kind, message, ...event }) => logger[kind === "ready" ? "info" : "warn"](event, message),
  });
  const limits = ownerLimitsOf(config);
  const identity = secrets === undefined ? undefined : createIdentitySigner(secrets, systemClock);
  const engine = engineOver(channel);
  const { planner, metrics } = await openPlanner(config, { logger, clock: systemClock, random: systemRandom });
  const refusals = new StoreRefusals({
    clock: systemClock,
    kinds: ["turns", "conversations"],
    onReport: (report) => logger.warn(report, STORE_FULL_REMEDY),
  });
  const agent = createAgent({
    planner,
    journal,
    limits,
    validate: createValidate(engine, {
      identity,
      onUnchecked: (code) => logger.warn({ code }, "a draft was sent without validation"),
    }),
    catalogue: createCatalogue(engine, { identity, clock: systemClock }),
    openWorkflows: createEngineWorkflows(engine, { identity }),
    clock: systemClock,
    paceMs: config.PLANNER_PACE_MS,
    onStoreFull: (what) => refusals.didRefuse(what),
    onDefect: (error) => logger.error({ err: error }, "a turn failed"),
    onUnreadable: (key, what) => logger.error({ key }, UNREADABLE[what]),
  });
  const sweeper = new Sweeper({
    clock: systemClock,
    logger,
    sweep() {
      const nowMs = systemClock.wallNow();
      return sweep({ journal, nowMs, retentionMs: limits.retentionMs, expired: expiredTurns(nowMs) });
    },
  });
  let ticker: Ticker | undefined;
  let isDraining = false;
  const hasSharedStore = config.REDIS_URL !== undefined || config.JOURNAL_URL !== undefined;
  // Runs until SIGTERM. The exit of the process then closes its channel and its journal.
  await serve({
    config,
    logger,
    services: [service(WorkflowAgentService, agent.service)],
    audience: "workflow-agent",
    dependencies: [{ name: "store", isAvailable: () => journal.isReady }],
    metrics: () => metrics() + refusals.render(),
    async onDrain() {
      isDraining = true;
      sweeper.stop();
      ticker?.stop();
      // Without a store that other agents share, none of them could go on.
      if (hasSharedStore) await agent.handOff();
    },
  });
  await warmUpPlanner(systemClock);
  if (isDraining) return;
  // Not before: a turn of an agent that died would wait for the end of the warm-up, and another agent has none.
  ticker = new Ticker({
    clock: systemClock,
    logger,
    intervalMs: RENEW_MS,
    tick: () => agent.tick(),
    onFailure: "turns of other agents could not be taken over",
  });
});
