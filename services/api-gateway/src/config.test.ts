import { expect, test } from "vitest";
import { readGatewayConfig } from "./config.ts";

const SECRET = "an-identity-secret-of-32-bytes-or-more";
const URL_OF_PROJECT = "https://project.supabase.co";
const PRODUCTION = {
  ENVIRONMENT: "production",
  AUTH_MODE: "jwt",
  IDENTITY_SECRET: SECRET,
  SUPABASE_URL: URL_OF_PROJECT,
};

test("without variables the gateway listens on 0.0.0.0:8000 and admits every caller", () => {
  expect(readGatewayConfig({})).toMatchObject({
    HTTP_HOST: "0.0.0.0",
    HTTP_PORT: 8000,
    AUTH_MODE: "none",
    HEALTH_PORT: 8080,
    STREAMS_PER_SUBJECT: 10,
    TRUSTED_HOPS: 0,
  });
});

test.each([
  [{ HTTP_PORT: "abc" }, /^HTTP_PORT=abc: expected a port/],
  [{ HTTP_HOST: "http://x" }, /^HTTP_HOST=http:\/\/x: expected an IP address or a host name/],
  [{ AUTH_MODE: "basic" }, /^AUTH_MODE=basic: expected none, jwt, api_key or "jwt,api_key"$/],
  [{ AUTH_MODE: "jwt", IDENTITY_SECRET: SECRET }, /^SUPABASE_URL is not set: expected .*, with AUTH_MODE=jwt$/],
  [{ AUTH_MODE: "jwt", SUPABASE_URL: URL_OF_PROJECT }, /^IDENTITY_SECRET is not set: expected .*, with AUTH_MODE=jwt$/],
  [{ AUTH_MODE: "api_key", IDENTITY_SECRET: SECRET }, /^API_KEYS is not set: expected .*, with AUTH_MODE=api_key$/],
  [{ SUPABASE_URL: "project" }, /^SUPABASE_URL=project: expected the project's URL such as https:/],
  [{ SUPABASE_URL: "ftp://a.example" }, /^SUPABASE_URL=ftp:.*: expected the project's URL/],
  [{ SUPABASE_URL: `${URL_OF_PROJECT}/auth/v1` }, /^SUPABASE_URL=.*: expected the project's URL .* without a path$/],
  [{ SUPABASE_URL: "https://user:pw@a.example" }, /^SUPABASE_URL=https:\/\/\[redacted\]@a.example: expected/],
  [{ SUPABASE_JWT_SECRET: "short" }, /^SUPABASE_JWT_SECRET=\[redacted\]: expected .* at least 32 bytes$/],
  [{ API_KEYS: "ci:abc" }, /^API_KEYS=\[redacted\]: entry 1: .* got 3 characters; expected subject:sha256/],
  [{ ALLOWED_HOSTS: "http://a" }, /^ALLOWED_HOSTS=http:\/\/a: expected host names or addresses without a port/],
  [{ ALLOWED_HOSTS: "a,,b" }, /^ALLOWED_HOSTS=a,,b: expected host names/],
  [{ CORS_ORIGINS: "*" }, /^CORS_ORIGINS=\*: expected origins such as https:/],
  [{ CORS_ORIGINS: "https://a.example/" }, /^CORS_ORIGINS=https:\/\/a.example\/: expected origins .* without a path/],
  [{ CORS_ORIGINS: "a.example" }, /^CORS_ORIGINS=a.example: expected origins/],
  [{ MAX_CONNECTIONS_PER_ADDRESS: "0" }, /^MAX_CONNECTIONS_PER_ADDRESS=0: expected an integer from 1 to 4096$/],
  [{ STREAMS_PER_SUBJECT: "0" }, /^STREAMS_PER_SUBJECT=0: expected an integer from 1 to 4096$/],
  [{ STREAMS_PER_SUBJECT: "4097" }, /^STREAMS_PER_SUBJECT=4097: expected an integer from 1 to 4096$/],
  [{ STREAMS_PER_SUBJECT: "ten" }, /^STREAMS_PER_SUBJECT=ten: expected an integer from 1 to 4096$/],
  [{ TRUSTED_HOPS: "-1" }, /^TRUSTED_HOPS=-1: expected an integer from 0 to 10$/],
  [{ TRUSTED_HOPS: "11" }, /^TRUSTED_HOPS=11: expected an integer from 0 to 10$/],
  [{ TRUSTED_HOPS: "10.0.0.0/8" }, /^TRUSTED_HOPS=10.0.0.0\/8: expected an integer from 0 to 10$/],
  [{ IDENTITY_SECRET: "short" }, /^IDENTITY_SECRET=\[redacted\]: expected a secret of at least 32 bytes/],
  [{ ...PRODUCTION, SUPABASE_URL: "http://a.example" }, /^SUPABASE_URL=http:\/\/a.example: expected https when/],
  [{ ...PRODUCTION, SUPABASE_URL: "http://127.evil.example" }, /^SUPABASE_URL=http:.*: expected https when/],
  [
    { ...PRODUCTION, SUPABASE_JWT_SECRET: "super-secret-jwt-token-with-at-least-32-characters-long" },
    /^SUPABASE_JWT_SECRET=\[redacted\]: expected your project's: .* published example$/,
  ],
  [{ ENVIRONMENT: "production" }, /^AUTH_MODE=none: .* ENVIRONMENT=production/],
  [{ NODE_ENV: "production" }, /^AUTH_MODE=none: /],
])("%j is refused with one line", (env, line) => {
  expect(() => readGatewayConfig(env)).toThrow(
    expect.objectContaining({ name: "ConfigError", message: expect.stringMatching(line) }),
  );
});

test.each([
  [PRODUCTION, "jwt"],
  [{ ...PRODUCTION, SUPABASE_URL: `${URL_OF_PROJECT}/` }, "jwt"],
  [{ ...PRODUCTION, SUPABASE_URL: "http://127.0.0.1:54321" }, "jwt"],
  [{ ...PRODUCTION, AUTH_MODE: "api_key", API_KEYS: `ci:${"0".repeat(64)}` }, "api_key"],
  [{ ...PRODUCTION, AUTH_MODE: "jwt,api_key", API_KEYS: `ci:${"0".repeat(64)}:admin` }, "jwt,api_key"],
])("%j is accepted in production", (env, mode) => {
  expect(readGatewayConfig(env).AUTH_MODE).toBe(mode);
});

test("each variable that the mode lacks is named on its own line", () => {
  expect(() => readGatewayConfig({ AUTH_MODE: "jwt,api_key" })).toThrow(
    /^SUPABASE_URL is not set: [^\n]+\nAPI_KEYS is not set: [^\n]+\nIDENTITY_SECRET is not set: [^\n]+$/,
  );
});

test("the slash at the end of the project's URL is dropped", () => {
  expect(readGatewayConfig({ SUPABASE_URL: `${URL_OF_PROJECT}/` }).SUPABASE_URL).toBe(URL_OF_PROJECT);
});

test("ENVIRONMENT takes precedence over NODE_ENV", () => {
  expect(readGatewayConfig({ ENVIRONMENT: "local", NODE_ENV: "production" }).AUTH_MODE).toBe("none");
});
