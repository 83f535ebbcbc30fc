import { WorkflowEngineService } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { type Logger, type ServedService, service } from "@agent-team/grpc-server";
import type { Journal } from "@agent-team/journal";
import { ExpressionEvaluator } from "./expression/evaluator.ts";
import { HttpClient, type HttpClientOptions } from "./http/http-client.ts";
import { catalogueHandlers } from "./rpc/catalogue.ts";
import { runHandlers } from "./rpc/runs.ts";
import { workflowHandlers } from "./rpc/workflows.ts";
import { Runner } from "./run/runner.ts";
import { defaultOwnerLimits, type OwnerLimits } from "./store/owner-limits.ts";
import { sweep } from "./store/retention.ts";
import { WorkflowStore } from "./store/workflow-store.ts";
import { Validator } from "./validate/validator.ts";

export interface EngineOptions extends HttpClientOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: those of `defaultOwnerLimits`. */
  readonly limits?: OwnerLimits | undefined;
}

/** The engine without its server: what it answers, and how it ends. */
export interface Engine {
  readonly service: ServedService;
  /** Removes the runs whose time has passed; resolves to their number. To be called now and then. */
  sweep(): Promise<number>;
  /** Resolves when the runs that were started here have ended. */
  drained(): Promise<void>;
  /** Waits for them, and ends what they used. The journal is the caller's. */
  close(): Promise<void>;
}

/** Catalogue and validator, kept workflows, and runs in this process. Methods of later versions answer UNIMPLEMENTED. */
export function createEngine(options: EngineOptions): Engine {
  const { journal, clock, logger, limits = defaultOwnerLimits, ...http } = options;
  const workflows = new WorkflowStore(journal, limits);
  const expressions = new ExpressionEvaluator({ clock });
  const validator = new Validator(expressions);
  const runner = new Runner({ clock, logger, http: new HttpClient(http), expressions });
  return {
    service: service(WorkflowEngineService, {
      ...catalogueHandlers(validator),
      ...workflowHandlers({ workflows, validator, clock, limits }),
      ...runHandlers({ journal, workflows, runner, clock, limits }),
    }),
    sweep: () => sweep({ journal, nowMs: clock.wallNow(), runRetentionMs: limits.runRetentionMs }),
    drained: () => runner.drained(),
    async close() {
      await runner.drained();
      await expressions.close();
    },
  };
}
