/** Limits of one owner: number, size and lifetime of conversations. */
export interface OwnerLimits {
  /** Conversations of one owner. Default 1,000. */
  readonly maxConversations: number;
  /** Bytes of all conversations of one owner, as they are stored. Default 16 MiB. Checked when a turn begins. */
  readonly maxConversationBytes: number;
  /** How long a conversation is kept after its last message. Default 30 days; 1 day to 1 year. */
  readonly retentionMs: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_LIMITS: OwnerLimits = {
  maxConversations: 1_000,
  maxConversationBytes: 16 * 1024 * 1024,
  retentionMs: 30 * 24 * HOUR_MS,
};

/** The message for an owner at a limit. */
export function quotaMessage({ maxConversations, maxConversationBytes }: OwnerLimits): string {
  return `at most ${maxConversations} conversations and ${maxConversationBytes} bytes of them are kept for one owner: delete some`;
}
