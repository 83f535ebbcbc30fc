/** The only model of the OpenAI-compatible API. */
export const CHAT_MODEL = "agent-team";

/** A request of the OpenAI-compatible API, as far as it counts here. */
export interface ChatRequest {
  /** The person's new message. */
  readonly message: string;
  /** What was said before it, by both sides; oldest first. */
  readonly before: readonly Said[];
  /** Texts of the roles `system` and `developer`. They are the client's, and change no rule of the planner. */
  readonly instructions: readonly string[];
  readonly isStream: boolean;
  /** `stream_options.include_usage` */
  readonly includesUsage: boolean;
}

export interface Said {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** What one answer cost. Zero for an answer without a language model. */
export interface ChatUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Whether a path belongs to the OpenAI-compatible API, whose errors have a form of their own. */
export function isChatPath(path: string): boolean {
  return path === "/v1/chat/completions" || path === "/v1/models" || path.startsWith("/v1/models/");
}
