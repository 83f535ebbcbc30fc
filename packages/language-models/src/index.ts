export type { EndReason, Model, ModelEvent, ModelFault, ModelUsage, Prompt, PromptMessage } from "./model.ts";
export { ModelError } from "./model.ts";
export { type ModelConfig, modelConfigShape, patienceOf, requireKeys } from "./model-config.ts";
export { ModelMetrics } from "./model-metrics.ts";
export { openModel, openModels } from "./open-models.ts";
export { generatePatiently, type Patience } from "./patience.ts";
export { RestingModels } from "./resting-models.ts";
export { pauseFor, Retries } from "./retries.ts";
export { type AskOptions, askFirst, type WholeAnswer } from "./whole-answer.ts";
