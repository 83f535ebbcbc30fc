import { WorkflowEngineService } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type Logger, type ServedService, service } from "@agent-team/grpc-server";
import { type Journal, UnreadableDocuments } from "@agent-team/journal";
import type { ApprovalLinks } from "./approval-links.ts";
import { ExpressionEvaluator } from "./expression/evaluator.ts";
import { HttpClient, type HttpClientOptions } from "./http/http-client.ts";
import { DEFAULT_OWNER_LIMITS, type OwnerLimits } from "./owner-limits.ts";
import { catalogueHandlers } from "./rpc/catalogue.ts";
import type { Stored } from "./rpc/quota.ts";
import type { RunServices } from "./rpc/run-services.ts";
import { runHandlers } from "./rpc/runs.ts";
import { isWorking, startScheduled } from "./rpc/start-scheduled.ts";
import { workflowHandlers } from "./rpc/workflows.ts";
import { Runner } from "./run/runner.ts";
import { DEFAULT_LEASE_MS } from "./run-queue.ts";
import { Secrets } from "./secrets.ts";
import { JournalRunQueue } from "./store/journal-run-queue.ts";
import { JournalSchedules } from "./store/journal-schedules.ts";
import { QueueRepair } from "./store/queue-repair.ts";
import { Retention } from "./store/retention.ts";
import { RunStore } from "./store/run-store.ts";
import { WorkflowStore } from "./store/workflow-store.ts";
import type { AskModels } from "./text-models.ts";
import { CronTriggers } from "./triggers/cron-triggers.ts";
import { Validator } from "./validate/validator.ts";

export interface EngineOptions extends HttpClientOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: `DEFAULT_OWNER_LIMITS`. */
  readonly limits?: OwnerLimits | undefined;
  /** The language models of GENERATE nodes. Default: absent, and they answer with sentences of their input. */
  readonly askModels?: AskModels | undefined;
  /** Default: none. */
  readonly secrets?: Secrets | undefined;
  /** Makes and checks the links of approvals. Default: absent, and notices say how to decide without one. */
  readonly approvalLinks?: ApprovalLinks | undefined;
  /** Called for each new run, and each workflow and change of one, that the store has no room for. Default: no effect. */
  readonly onStoreFull?: ((what: Stored) => void) | undefined;
  /** How long a run waits for its engine until another one continues it. Default: `DEFAULT_LEASE_MS`. */
  readonly leaseMs?: number | undefined;
}

/** The engine without its server: its service and its end. */
export interface Engine {
  readonly service: ServedService;
  /**
   * Removes the runs and tombstones whose time has passed, and puts runs and schedules that the queues have lost into them again; resolves
   * to the number of removed ones. Rejects when one of the two has failed; the other is done all the same. Call it from time to time.
   */
  sweep(): Promise<number>;
  /**
   * Keeps the runs that this engine drives, continues those that are due, and fires schedules. Call it every `renewMsOf` of the lease.
   * Rejects when the store does not answer; then another engine may take the runs over.
   */
  tick(): Promise<void>;
  /** Ends the streams, which other engines go on with. Call it when the process begins to drain. */
  endStreams(): void;
  /** Takes over no further run, and resolves when the runs that this engine drives have ended or wait. */
  drained(): Promise<void>;
  /** Waits for these runs, then ends the expression processes. The caller closes the journal. */
  close(): Promise<void>;
}

/**
 * Composes the rooms: the catalogue and the validator, the stored workflows, and the runs that this process drives.
 */
export function createEngine(options: EngineOptions): Engine {
  const {
    journal,
    clock,
    random,
    logger,
    limits = DEFAULT_OWNER_LIMITS,
    leaseMs = DEFAULT_LEASE_MS,
    askModels,
    approvalLinks,
    onStoreFull = () => {},
    secrets = Secrets.none,
    ...http
  } = options;
  const abilities = { hasModel: askModels !== undefined };
  const unreadable = new UnreadableDocuments(onUnreadable);
  const workflows = new WorkflowStore(journal, limits, unreadable);
  const runs = new RunStore(journal, limits, unreadable);
  const expressions = new ExpressionEvaluator({ clock });
  const validator = new Validator(expressions, abilities);
  const queue = new JournalRunQueue(journal, unreadable, leaseMs);
  const runner = new Runner(
    { clock, random, logger, http: new HttpClient(http), expressions, askModels, approvalLinks, secrets },
    queue,
    leaseMs,
  );
  const draining = new AbortController();
  const services: RunServices = {
    runs,
    workflows,
    runner,
    queue,
    clock,
    limits,
    onStoreFull,
    abilities,
    approvalLinks,
    secrets,
    draining: draining.signal,
  };
  const schedules = new JournalSchedules(journal, leaseMs);
  const cron = new CronTriggers({
    workflows,
    schedules,
    clock,
    logger,
    leaseMs,
    start: (stored, run) => startScheduled(stored, run, services),
    isWorking: (runId) => isWorking(runId, runs),
  });
  const repair = new QueueRepair({ journal, clock, queue, schedules });
  const { runRetentionMs } = limits;
  const retention = new Retention({ journal, clock, runRetentionMs, unreadable });
  return {
    service: service(WorkflowEngineService, {
      ...catalogueHandlers(validator),
      ...workflowHandlers({ workflows, validator, clock, limits, onStoreFull, abilities, secrets, cron }),
      ...runHandlers(services),
    }),
    async sweep() {
      try {
        return await retention.sweep();
      } finally {
        await repair.sweep();
      }
    },
    async tick() {
      try {
        await runner.tick();
      } finally {
        if (!draining.signal.aborted) await cron.tick();
      }
    },
    endStreams: () => draining.abort(),
    drained() {
      draining.abort();
      return runner.drained();
    },
    async close() {
      await runner.drained();
      await expressions.close();
    },
  };

  function onUnreadable(key: string): void {
    logger.error({ key }, "a stored document cannot be read; lists omit it, and it is not removed");
  }
}
