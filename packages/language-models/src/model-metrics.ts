import type { Model, ModelFault, ModelUsage } from "./model.ts";

interface Counts {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  readonly faults: Map<ModelFault, number>;
}

/** Counts what each model was asked, since the start of the process, for the side port. */
export class ModelMetrics {
  readonly #byModel: ReadonlyMap<string, Counts>;

  constructor(models: readonly Pick<Model, "name">[]) {
    const none = (): Counts => ({ calls: 0, inputTokens: 0, outputTokens: 0, faults: new Map() });
    this.#byModel = new Map(models.map(({ name }) => [name, none()]));
  }

  didUse({ name }: Pick<Model, "name">, { modelCalls, inputTokens, outputTokens }: ModelUsage): void {
    const counts = this.#byModel.get(name);
    if (counts === undefined) return;
    counts.calls += modelCalls;
    counts.inputTokens += inputTokens;
    counts.outputTokens += outputTokens;
  }

  didFail({ name }: Pick<Model, "name">, fault: ModelFault): void {
    const faults = this.#byModel.get(name)?.faults;
    faults?.set(fault, (faults.get(fault) ?? 0) + 1);
  }

  /** In the Prometheus text format; empty without a model. */
  render(): string {
    const models = [...this.#byModel];
    if (models.length === 0) return "";
    return [
      "# HELP model_calls_total Generations that were started.",
      "# TYPE model_calls_total counter",
      ...models.map(([model, { calls }]) => `model_calls_total{model="${label(model)}"} ${calls}`),
      "# HELP model_tokens_total Tokens, as the provider counts them.",
      "# TYPE model_tokens_total counter",
      ...models.flatMap(([model, { inputTokens, outputTokens }]) => [
        `model_tokens_total{model="${label(model)}",kind="input"} ${inputTokens}`,
        `model_tokens_total{model="${label(model)}",kind="output"} ${outputTokens}`,
      ]),
      "# HELP model_faults_total Requests that failed, by fault.",
      "# TYPE model_faults_total counter",
      ...models.flatMap(([model, { faults }]) =>
        [...faults].map(([fault, count]) => `model_faults_total{model="${label(model)}",fault="${fault}"} ${count}`),
      ),
      "",
    ].join("\n");
  }
}

/** The name of a model is a variable's text. */
function label(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
