import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeKind } from "../node-kind.ts";
import { expressionIn } from "../template.ts";
import { extract, isExtractive } from "./extract.ts";
import { checked, text } from "./fields.ts";

const configuration = z.strictObject({ prompt: text("The prompt, with all that is needed to answer it.") });

const NEEDS_MODEL =
  "this version of the engine has no language model: it can summarize, shorten, extract, list, find and pick, and not write or translate";

export const generate: NodeKind = {
  type: NodeType.AI_AGENT,
  subtype: "GENERATE",
  description:
    "Answers a prompt about its input. Without a language model, as in this version, the answer is made of sentences of the input: it summarizes, shortens, extracts, lists, finds and picks. Its output is { text, model }.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  obstacle: ({ prompt }) => {
    const isKnown = typeof prompt === "string" && expressionIn(prompt) === undefined;
    return isKnown && !isExtractive(prompt) ? NEEDS_MODEL : undefined;
  },
  run: (context) => {
    const { prompt } = checked(configuration, context.configuration);
    if (!isExtractive(prompt)) throw new NodeFailure("MODEL_REQUIRED", NEEDS_MODEL);
    const output = { text: extract(prompt, context.input), model: "extractive/1" };
    return { outputKey: DEFAULT_OUTPUT, output };
  },
};
