import {
  count,
  durationMs,
  type Environment,
  optional,
  readConfig,
  requireIdentity,
  type ServerConfig,
  serverConfigShape,
  text,
} from "@agent-team/grpc-server";
import { type ModelConfig, modelConfigShape, requireKeys } from "@agent-team/language-models";
import { z } from "zod";
import { DEFAULT_LIMITS, type OwnerLimits } from "./conversation/owner-limits.ts";

/** Variables of the agent, beside those of its channel to the engine (`WORKFLOW_ENGINE_*`). */
export interface AgentConfig extends ServerConfig, ModelConfig {
  /** Most tokens of earlier messages in a prompt, as the agent estimates them. Default 8,000; 0 to 900,000. */
  readonly LLM_HISTORY_TOKENS: number;
  /** Pause before each piece of text, in ms, for demos. Default 0. */
  readonly PLANNER_PACE_MS: number;
  /** Conversations of one owner. Default 1,000; 1 to 100,000. */
  readonly MAX_CONVERSATIONS_PER_OWNER: number;
  /** Mebibytes of all conversations of one owner. Default 16; 1 to 1,024. */
  readonly MAX_CONVERSATION_MIB_PER_OWNER: number;
  /** How long a conversation is kept after its last message. Default 720, 30 days; 24 to 8,760, a year. */
  readonly CONVERSATION_RETENTION_HOURS: number;
  /** CloudWatch namespace for the metrics of the channel, one log line a minute. Default: absent, and no line. */
  readonly CLIENT_METRICS_NAMESPACE: string | undefined;
}

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

const schema = z.object({
  ...serverConfigShape({ defaultPort: 50051 }),
  ...modelConfigShape,
  LLM_HISTORY_TOKENS: count({ min: 0, max: 900_000 }, 8_000),
  PLANNER_PACE_MS: durationMs(0),
  MAX_CONVERSATIONS_PER_OWNER: count({ min: 1, max: 100_000 }, DEFAULT_LIMITS.maxConversations),
  MAX_CONVERSATION_MIB_PER_OWNER: count({ min: 1, max: 1_024 }, DEFAULT_LIMITS.maxConversationBytes / MIB),
  CONVERSATION_RETENTION_HOURS: count({ min: 24, max: 8_760 }, DEFAULT_LIMITS.retentionMs / HOUR_MS),
  CLIENT_METRICS_NAMESPACE: optional(text()),
});

/** @throws ConfigError with a line for each wrong variable, for a provider without a key, and in production without IDENTITY_SECRET */
export function readAgentConfig(env: Environment): AgentConfig {
  return requireKeys(requireIdentity(readConfig(schema, env)));
}

export function ownerLimitsOf(config: AgentConfig): OwnerLimits {
  return {
    maxConversations: config.MAX_CONVERSATIONS_PER_OWNER,
    maxConversationBytes: config.MAX_CONVERSATION_MIB_PER_OWNER * MIB,
    retentionMs: config.CONVERSATION_RETENTION_HOURS * HOUR_MS,
  };
}
