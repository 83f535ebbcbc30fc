import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeContext, NodeKind, NodeResult } from "../node-kind.ts";
import { expressionIn } from "../template.ts";
import { contentOf, extract, isExtractive } from "./extract.ts";
import { checked, text } from "./fields.ts";

/** About 1,500 words. */
const DEFAULT_OUTPUT_TOKENS = 2_000;
const MAX_OUTPUT_TOKENS = 16_000;

const configuration = z.strictObject({
  prompt: text("The prompt, with all that is needed to answer it."),
  max_output_tokens: z
    .int()
    .min(1)
    .max(MAX_OUTPUT_TOKENS)
    .optional()
    .describe(
      `The longest answer of a language model, in tokens; a longer one fails the node. Default ${DEFAULT_OUTPUT_TOKENS}.`,
    ),
});

const NEEDS_MODEL =
  "this engine has no language model (OPENAI_API_KEY or ANTHROPIC_API_KEY): it can summarize, shorten, extract, list, find and pick, and not write or translate";

export const generate: NodeKind = {
  type: NodeType.AI_AGENT,
  subtype: "GENERATE",
  description:
    "Answers a prompt about its input with a language model. On an engine without one the answer is made of sentences of the input: it summarizes, shortens, extracts, lists, finds and picks. Its output is { text, model }, and with a language model usage: { input_tokens, output_tokens, model_calls }.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  obstacle: ({ prompt }, { hasModel }) => {
    const isKnown = typeof prompt === "string" && expressionIn(prompt) === undefined;
    return !hasModel && isKnown && !isExtractive(prompt) ? NEEDS_MODEL : undefined;
  },
  run: answer,
};

async function answer({ configuration: given, input, askModels, signal }: NodeContext): Promise<NodeResult> {
  const { prompt, max_output_tokens: maxOutputTokens = DEFAULT_OUTPUT_TOKENS } = checked(configuration, given);
  if (askModels === undefined) return { outputKey: DEFAULT_OUTPUT, output: extractive(prompt, input) };
  const asked = await askModels({ prompt, input: contentOf(input), maxOutputTokens }, signal);
  const { text: said, model, inputTokens, outputTokens, modelCalls } = asked;
  const usage = { input_tokens: inputTokens, output_tokens: outputTokens, model_calls: modelCalls };
  return { outputKey: DEFAULT_OUTPUT, output: { text: said, model, usage } };
}

function extractive(prompt: string, input: NodeContext["input"]): { text: string; model: string } {
  if (!isExtractive(prompt)) throw new NodeFailure("MODEL_REQUIRED", NEEDS_MODEL);
  return { text: extract(prompt, input), model: "extractive/1" };
}
