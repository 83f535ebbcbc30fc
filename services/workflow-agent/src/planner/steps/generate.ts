import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

/** "summarize it", "summarise the orders in two sentences": the person's words are the prompt. */
export function generate(reading: Reading): Step | undefined {
  const match = reading.take(/^summari[sz]e\b.*$/i);
  if (match === undefined) return undefined;
  const prompt = match[0].slice(0, 500);
  return {
    type: NodeType.AI_AGENT,
    subtype: "GENERATE",
    name: "Summarize",
    sentence: () => `Have a language model follow "${prompt}"`,
    yields: "output",
    reads: true,
    configuration: () => ({ configuration: { prompt } }),
  };
}
