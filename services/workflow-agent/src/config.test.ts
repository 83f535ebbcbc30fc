import { expect, test } from "vitest";
import { readAgentConfig } from "./config.ts";

test.for([
  ["GRPC_PORT", "abc", /^GRPC_PORT=abc: expected a port.*$/],
  ["PLANNER_PACE_MS", "slow", /^PLANNER_PACE_MS=slow: expected milliseconds.*$/],
  ["MAX_CONVERSATIONS_PER_OWNER", "0", /^MAX_CONVERSATIONS_PER_OWNER=0: expected .*1.*$/],
  ["CONVERSATION_RETENTION_HOURS", "1", /^CONVERSATION_RETENTION_HOURS=1: expected .*24.*$/],
  ["ENVIRONMENT", "production", /^IDENTITY_SECRET is not set: expected .*ENVIRONMENT=production.*$/],
  ["REDIS_URL", "redis", /^REDIS_URL=redis: expected a URL such as redis.*$/],
] as const)("%s=%s is refused with one line: the variable, its value and what is expected", ([name, value, line]) => {
  expect(() => readAgentConfig({ [name]: value })).toThrow(line);
});
