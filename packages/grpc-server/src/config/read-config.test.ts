import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../config-error.ts";
import type { Environment } from "../environment.ts";
import { readConfig } from "./read-config.ts";
import { serverConfigShape } from "./server-config.ts";
import { choice, port, text } from "./variables.ts";

const schema = z.object(serverConfigShape({ defaultPort: 50051 }));

function linesOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split("\n");
  }
  return [];
}

const errorsOf = (env: Environment): string[] => linesOf(() => readConfig(schema, env));

test("an empty environment gives the defaults", () => {
  expect(readConfig(schema, {})).toEqual({
    GRPC_HOST: "0.0.0.0",
    GRPC_PORT: 50051,
    GRPC_MAX_CALLS: 4_096,
    HEALTH_PORT: 8080,
    LAME_DUCK_MS: 13_000,
    LAME_DUCK_QUIET_MS: 5_000,
    STOP_TIMEOUT_MS: 30_000,
    DEBUG: false,
    LOG_LEVEL: "info",
  });
});

test("white space around a value is ignored", () => {
  const env = { GRPC_HOST: " 127.0.0.1\n", GRPC_PORT: "1 ", LOG_LEVEL: "\twarn", HEALTH_HOST: "  " };

  expect(readConfig(schema, env)).toMatchObject({ GRPC_HOST: "127.0.0.1", GRPC_PORT: 1, LOG_LEVEL: "warn" });
  expect(readConfig(schema, env).HEALTH_HOST).toBeUndefined();
});

test("a set variable is read, an empty value counts as not set, an unknown variable is ignored", () => {
  const env = { GRPC_HOST: "127.0.0.1", GRPC_PORT: "1", HEALTH_PORT: "", DEBUG: "TRUE", LOG_LEVEL: "warn", SHELL: "?" };

  expect(readConfig(schema, env)).toMatchObject({
    GRPC_HOST: "127.0.0.1",
    GRPC_PORT: 1,
    HEALTH_PORT: 8080,
    DEBUG: true,
    LOG_LEVEL: "warn",
  });
});

test.for([
  ["GRPC_PORT", "abc", "expected a port, an integer from 1 to 65535 (0 picks a free one)"],
  ["GRPC_PORT", "65536", "expected a port, an integer from 1 to 65535 (0 picks a free one)"],
  ["GRPC_PORT", "-1", "expected a port, an integer from 1 to 65535 (0 picks a free one)"],
  ["GRPC_PORT", "1.5", "expected a port, an integer from 1 to 65535 (0 picks a free one)"],
  ["GRPC_HOST", "127.0.0.1:50051", "expected an IP address or a host name, without a port, or unix:/path of a socket"],
  ["GRPC_HOST", "two words", "expected an IP address or a host name, without a port, or unix:/path of a socket"],
  ["GRPC_HOST", "unix:relative", "expected an IP address or a host name, without a port, or unix:/path of a socket"],
  ["LAME_DUCK_MS", "15s", "expected milliseconds, an integer from 0 to 86400000"],
  ["DEBUG", "maybe", "expected true or false (1 or 0)"],
  ["LOG_LEVEL", "loud", "expected one of fatal, error, warn, info, debug, trace, silent"],
  ["REDIS_URL", "redis", "expected a URL such as redis://host:6379"],
  ["JOURNAL_URL", "http://127.0.0.1:1", "expected a URL such as tcp://host:port"],
] as const)("%s=%s is one line that names variable, value and expectation", ([name, value, expected]) => {
  expect(errorsOf({ [name]: value })).toEqual([`${name}=${value}: ${expected}`]);
});

test.for(["::1", "0.0.0.0", "localhost", "task-1.workflow-agent.agent-team-local.local"])("%s is a host", (host) => {
  expect(readConfig(schema, { GRPC_HOST: host }).GRPC_HOST).toBe(host);
});

test("each wrong variable is one line", () => {
  expect(errorsOf({ GRPC_PORT: "abc", DEBUG: "maybe" })).toHaveLength(2);
});

test("a variable without a default that is not set is one line", () => {
  expect(linesOf(() => readConfig(z.object({ HTTP_PORT: port() }), {}))).toEqual([
    "HTTP_PORT is not set: expected a port, an integer from 1 to 65535 (0 picks a free one)",
  ]);
});

test("a value stays on one line and short", () => {
  const [line] = errorsOf({ DEBUG: `a\nb${"c".repeat(500)}` });

  expect(line).toMatch(/^DEBUG=a bc+…: expected/);
  expect(line?.length).toBeLessThan(200);
});

test("an error never has a secret, neither of a secret variable nor inside a URL", () => {
  const secrets = z.object({ OPENAI_API_KEY: choice(["a", "b"]), STORE: choice(["c"]), NAME: text() });

  expect(linesOf(() => readConfig(secrets, { OPENAI_API_KEY: "sk-1", STORE: "redis://u:pw@host", NAME: "n" }))).toEqual(
    ["OPENAI_API_KEY=[redacted]: expected one of a, b", "STORE=redis://[redacted]@host: expected one of c"],
  );
  expect(linesOf(() => readConfig(secrets, { OPENAI_API_KEY: "a", STORE: "redis://:p/w@d@host", NAME: "n" }))).toEqual([
    "STORE=redis://[redacted]@host: expected one of c",
  ]);
});
