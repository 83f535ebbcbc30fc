import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

/** "let GPT pick the best": the words after the model are the prompt. */
const ASKED =
  /^(?:let|have|ask|use) (?:gpt|chatgpt|claude|ai|(?:an?|the) (?:ai|llm|model|language model))(?: to)? (.+)$/i;

/** "summarize it", "translate it to German", "let GPT pick the best": the person's words are the prompt. */
export function generate(reading: Reading): Step | undefined {
  const prompt = reading.take(ASKED)?.[1] ?? reading.take(/^(?:summari[sz]e|translate)\b.*$/i)?.[0];
  // A model fetches nothing: with a URL in the prompt it would invent the content.
  if (prompt === undefined || prompt.length > 500 || /https?:\/\//i.test(prompt)) return undefined;
  return {
    type: NodeType.AI_AGENT,
    subtype: "GENERATE",
    name: /^translate/i.test(prompt) ? "Translate" : /^summari/i.test(prompt) ? "Summarize" : "Ask a model",
    sentence: () => `Have a language model follow "${prompt}"`,
    yields: "output",
    reads: /\b(?:it|them|this|that|these|those)\b/i.test(prompt),
    // A model answers with text.
    fields: [],
    nouns: ["summary", "translation"],
    configuration: () => ({ configuration: { prompt } }),
  };
}
