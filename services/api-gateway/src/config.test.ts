import { expect, test } from "vitest";
import { readGatewayConfig } from "./config.ts";

test("without variables the gateway listens on 0.0.0.0:8000 and admits everybody", () => {
  expect(readGatewayConfig({})).toMatchObject({
    HTTP_HOST: "0.0.0.0",
    HTTP_PORT: 8000,
    AUTH_MODE: "none",
    HEALTH_PORT: 8080,
  });
});

test.each([
  [{ HTTP_PORT: "abc" }, /^HTTP_PORT=abc: expected a port/],
  [{ HTTP_HOST: "http://x" }, /^HTTP_HOST=http:\/\/x: expected an IP address or a host name/],
  [{ AUTH_MODE: "jwt" }, /^AUTH_MODE=jwt: expected none: .* later version$/],
  [{ ENVIRONMENT: "production" }, /^AUTH_MODE=none: .* ENVIRONMENT=production/],
  [{ NODE_ENV: "production" }, /^AUTH_MODE=none: /],
])("%j stops the program with one line", (env, line) => {
  expect(() => readGatewayConfig(env)).toThrow(
    expect.objectContaining({ name: "ConfigError", message: expect.stringMatching(line) }),
  );
});

test("ENVIRONMENT decides where NODE_ENV says something else", () => {
  expect(readGatewayConfig({ ENVIRONMENT: "local", NODE_ENV: "production" }).AUTH_MODE).toBe("none");
});
