import { expect, test } from "vitest";
import { ModelMetrics } from "./model-metrics.ts";

test("calls, tokens and faults are counted for each model", () => {
  const metrics = new ModelMetrics([{ name: "openai/a" }, { name: 'anthropic/"b"' }]);
  metrics.didUse({ name: "openai/a" }, { modelCalls: 1, inputTokens: 30, outputTokens: 2 });
  metrics.didUse({ name: "openai/a" }, { modelCalls: 1, inputTokens: 12, outputTokens: 3 });
  metrics.didFail({ name: "openai/a" }, "cut");
  metrics.didFail({ name: "openai/a" }, "cut");

  const lines = metrics.render().split("\n");
  expect(lines.filter((line) => !line.startsWith("#"))).toEqual([
    'model_calls_total{model="openai/a"} 2',
    'model_calls_total{model="anthropic/\\"b\\""} 0',
    'model_tokens_total{model="openai/a",kind="input"} 42',
    'model_tokens_total{model="openai/a",kind="output"} 5',
    'model_tokens_total{model="anthropic/\\"b\\"",kind="input"} 0',
    'model_tokens_total{model="anthropic/\\"b\\"",kind="output"} 0',
    'model_faults_total{model="openai/a",fault="cut"} 2',
    "",
  ]);
});

test("without a model there is nothing to count", () => {
  expect(new ModelMetrics([]).render()).toBe("");
});
