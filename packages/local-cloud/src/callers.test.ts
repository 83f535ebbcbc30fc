import { expect, test } from "vitest";
import { callerVariables } from "./callers.ts";
import { agentTeamServices } from "./services.ts";

test("without AUTH_MODE there are no variables about callers", () => {
  expect(callerVariables({ AUTH_MODE: "", OPENAI_API_KEY: "x" })).toEqual({ gateway: {}, allServices: {} });
});

test("the gateway gets the variables about callers, and all services get IDENTITY_SECRET", () => {
  const callers = callerVariables({
    AUTH_MODE: "jwt,api_key",
    SUPABASE_URL: "https://project.supabase.co",
    SUPABASE_JWT_SECRET: "legacy",
    API_KEYS: "ci:00",
    CORS_ORIGINS: "http://localhost:3000",
    REQUESTS_PER_MINUTE: "60",
    MESSAGES_PER_MINUTE: "6",
    STREAMS_PER_SUBJECT: "2",
    TRUSTED_HOPS: "1",
    IDENTITY_SECRET: "ours",
  });
  const [engine, agent, gateway] = agentTeamServices({ callers, environment: { LOG_LEVEL: "warn" } });

  for (const service of [engine, agent]) {
    expect(service?.environment).toEqual({ LOG_LEVEL: "warn", IDENTITY_SECRET: "ours" });
  }
  expect(gateway?.environment).toEqual({
    LOG_LEVEL: "warn",
    IDENTITY_SECRET: "ours",
    AUTH_MODE: "jwt,api_key",
    SUPABASE_URL: "https://project.supabase.co",
    SUPABASE_JWT_SECRET: "legacy",
    API_KEYS: "ci:00",
    CORS_ORIGINS: "http://localhost:3000",
    REQUESTS_PER_MINUTE: "60",
    MESSAGES_PER_MINUTE: "6",
    STREAMS_PER_SUBJECT: "2",
    TRUSTED_HOPS: "1",
  });
});

test("with authentication and without IDENTITY_SECRET a random secret is generated, another each time", () => {
  const [one, other] = [callerVariables({ AUTH_MODE: "api_key" }), callerVariables({ AUTH_MODE: "api_key" })];

  expect(one.allServices["IDENTITY_SECRET"]).toMatch(/^[0-9a-f]{64}$/);
  expect(one.allServices).not.toEqual(other.allServices);
  expect(callerVariables({ AUTH_MODE: "none" }).allServices).toEqual({});
});
