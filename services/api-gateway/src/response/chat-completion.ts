/** The format of OpenAI's Chat Completions: a whole answer, and the chunks of a stream. */

import { CHAT_MODEL, type ChatUsage } from "../chat.ts";

/** What every part of one answer has in common. */
export interface ChatHead {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
}

/** The end of a stream. */
export const DONE = "data: [DONE]\n\n";

export function completion({ id, created }: ChatHead, content: string, usage: ChatUsage): object {
  const message = { role: "assistant", content, refusal: null };
  return {
    ...{ id, object: "chat.completion", created, model: CHAT_MODEL },
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: toUsage(usage),
  };
}

/** Encodes the chunks of one stream. With `includesUsage` each chunk has the property `usage`, null before the last one. */
export class ChunkEncoder {
  readonly #head: ChatHead;
  readonly #includesUsage: boolean;

  constructor(head: ChatHead, includesUsage: boolean) {
    this.#head = head;
    this.#includesUsage = includesUsage;
  }

  /** "role first": the first chunk. */
  role(): string {
    return this.#chunk({ role: "assistant", content: "", refusal: null });
  }

  content(content: string): string {
    return this.#chunk({ content });
  }

  /** The last chunk with a choice, and, if it was asked for, the one with the usage, which has none. */
  end(usage: ChatUsage): string {
    const last = this.#chunk({}, "stop");
    return this.#includesUsage ? last + this.#encode([], toUsage(usage)) : last;
  }

  #chunk(delta: object, finish_reason: string | null = null): string {
    return this.#encode([{ index: 0, delta, logprobs: null, finish_reason }], null);
  }

  #encode(choices: readonly object[], usage: object | null): string {
    const { id, created } = this.#head;
    const chunk = { id, object: "chat.completion.chunk", created, model: CHAT_MODEL, choices };
    return encode(this.#includesUsage ? { ...chunk, usage } : chunk);
  }
}

/** A failure after the first chunk. The stream ends with it. */
export function errorChunk(error: object): string {
  return encode(error);
}

function encode(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function toUsage({ inputTokens, outputTokens }: ChatUsage): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}
