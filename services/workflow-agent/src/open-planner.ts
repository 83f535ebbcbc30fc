import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Logger } from "@agent-team/grpc-server";
import { type Model, type ModelError, ModelMetrics, openModels, patienceOf } from "@agent-team/language-models";
import type { AgentConfig } from "./config.ts";
import { embeddedPlanner } from "./embedded-planner.ts";
import { createModelPlanner } from "./model-planner/model-planner.ts";
import { withOrders } from "./orders/with-orders.ts";
import type { Planner, PlannerEvent } from "./planner.ts";

export interface OpenPlannerOptions {
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly clock: Clock;
  readonly random: Random;
}

const NO_MODEL =
  "\n\nNo language model is set up here (OPENAI_API_KEY or ANTHROPIC_API_KEY), so the built-in planner answers. It understands plain sentences about schedules, requests and conditions.";

export interface OpenedPlanner {
  readonly planner: Planner;
  /** What its models were asked, in the Prometheus text format. */
  readonly metrics: () => string;
}

/** The planner that the variables ask for. The SDK of a provider is loaded if the provider is used. */
export async function openPlanner(
  config: AgentConfig,
  { logger, clock, random }: OpenPlannerOptions,
): Promise<OpenedPlanner> {
  const models = await openModels(config);
  logger.info({ planner: [...models, embeddedPlanner].map(({ name }) => name) }, "planners in this order");
  const metrics = new ModelMetrics(models);
  const opened = (planner: Planner): OpenedPlanner => ({
    planner: withOrders(planner, embeddedPlanner),
    metrics: () => metrics.render(),
  });
  if (config.LLM_PROVIDER === "auto" && models.length === 0) return opened(withNote(embeddedPlanner, NO_MODEL));
  if (models.length === 0) return opened(embeddedPlanner);
  const planner = createModelPlanner({
    models,
    embedded: embeddedPlanner,
    clock,
    random,
    patience: patienceOf(config),
    historyTokens: config.LLM_HISTORY_TOKENS,
    onUsage: (model, usage) => metrics.didUse(model, usage),
    onFault(model, error) {
      metrics.didFail(model, error.fault);
      logger.warn(describe(model, error), "a language model failed");
    },
  });
  return opened(planner);
}

/** For the log: what is wrong and what to change, without a word of the provider's. */
function describe({ name: model }: Model, { fault, status }: ModelError): object {
  const remedy = fault === "api-unknown" ? { remedy: "OPENAI_API=responses or OPENAI_API=chat" } : {};
  return { model, fault, status, ...remedy };
}

/** The same planner, whose first answer in a conversation ends with a note. */
function withNote(planner: Planner, note: string): Planner {
  return {
    ...planner,
    async *plan(input, context): AsyncGenerator<PlannerEvent> {
      yield* planner.plan(input, context);
      if (input.history.length === 0) yield { kind: "text", text: note };
    },
  };
}
