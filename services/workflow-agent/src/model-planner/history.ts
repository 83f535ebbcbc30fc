import type { PromptMessage } from "@agent-team/language-models";

/** Bytes of UTF-8 per token, on the low side: English has about 4, other languages and JSON fewer. */
const BYTES_PER_TOKEN = 3;

/** What the frame of one message costs, whatever is in it. */
const TOKENS_PER_MESSAGE = 4;

/** An estimate that is rather too high: the model's own count is known only to its provider. */
export function tokensOf(text: string): number {
  return TOKENS_PER_MESSAGE + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/**
 * The newest messages that fit into the budget, whole, oldest first. It begins with a message of the person, as providers
 * require.
 */
export function fitHistory(history: readonly PromptMessage[], budgetTokens: number): readonly PromptMessage[] {
  let left = budgetTokens;
  let start = history.length;
  for (let at = history.length - 1; at >= 0; at -= 1) {
    left -= tokensOf(history[at]?.text ?? "");
    if (left < 0) break;
    if (history[at]?.role === "user") start = at;
  }
  return history.slice(start).map(({ role, text }) => ({ role, text }));
}
