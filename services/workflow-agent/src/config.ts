import {
  durationMs,
  type Environment,
  optional,
  readConfig,
  requireIdentity,
  type ServerConfig,
  serverConfigShape,
  text,
} from "@agent-team/grpc-server";
import { z } from "zod";

/** Variables of the agent, beside those of its channel to the engine (`WORKFLOW_ENGINE_*`). */
export interface AgentConfig extends ServerConfig {
  /** Which planner drafts. `auto`, the default, takes the best there is; in this version that is `embedded`. */
  readonly LLM_PROVIDER: "auto" | "embedded";
  /** Pause before each piece of text, in ms, so that people can watch. Default 0. */
  readonly PLANNER_PACE_MS: number;
  /** CloudWatch's namespace for the figures of the channel, a log line a minute. Default: none, and no line. */
  readonly CLIENT_METRICS_NAMESPACE: string | undefined;
}

const schema = z.object({
  ...serverConfigShape({ defaultPort: 50051 }),
  LLM_PROVIDER: z
    .enum(["auto", "embedded"], "expected auto or embedded: planners that ask a model come in a later version")
    .default("auto"),
  PLANNER_PACE_MS: durationMs(0),
  CLIENT_METRICS_NAMESPACE: optional(text()),
});

/** @throws ConfigError with a line for each wrong variable, and in production without IDENTITY_SECRET */
export function readAgentConfig(env: Environment): AgentConfig {
  return requireIdentity(readConfig(schema, env));
}
