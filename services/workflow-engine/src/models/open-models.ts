import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Logger } from "@agent-team/grpc-server";
import { type ModelConfig, ModelMetrics, openModels, patienceOf } from "@agent-team/language-models";
import type { AskModels } from "../text-models.ts";
import { createAskModels } from "./ask-models.ts";

export interface OpenModelsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Pick<Logger, "info" | "warn">;
}

export interface OpenedModels {
  /** Absent without a model. */
  readonly askModels: AskModels | undefined;
  /** What its models were asked, in the Prometheus text format. */
  readonly metrics: () => string;
}

/** The models that the variables ask for; the log says once which ones, or that there is none. */
export async function openModelsOf(
  config: ModelConfig,
  { clock, random, logger }: OpenModelsOptions,
): Promise<OpenedModels> {
  const models = await openModels(config);
  const names = models.map(({ name }) => name);
  if (names.length > 0) logger.info({ models: names }, "GENERATE nodes ask these models, in this order");
  else logger.info("no language model is set up: GENERATE nodes answer with sentences of their input");
  const metrics = new ModelMetrics(models);
  const askModels = createAskModels({
    models,
    clock,
    random,
    patience: patienceOf(config),
    onUsage: (model, usage) => metrics.didUse(model, usage),
    onFault(model, { fault, status }) {
      metrics.didFail(model, fault);
      // Without a word of the provider's: it may repeat a part of the key or of the data.
      logger.warn({ model: model.name, fault, status }, "a language model failed");
    },
  });
  return { askModels, metrics: () => metrics.render() };
}
