import { expect, it } from "vitest";
import { callerVariables } from "./callers.ts";
import { agentTeamServices } from "./services.ts";

it("says nothing where nothing is said", () => {
  expect(callerVariables({ AUTH_MODE: "", OPENAI_API_KEY: "x" })).toEqual({ gateway: {}, everybody: {} });
});

it("tells the gateway how callers are known, and everybody the secret that they have in common", () => {
  const callers = callerVariables({
    AUTH_MODE: "jwt,api_key",
    SUPABASE_URL: "https://project.supabase.co",
    SUPABASE_JWT_SECRET: "legacy",
    API_KEYS: "ci:00",
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
  });
});

it("makes a secret where callers are known and none is given, another each time", () => {
  const [one, other] = [callerVariables({ AUTH_MODE: "api_key" }), callerVariables({ AUTH_MODE: "api_key" })];

  expect(one.everybody["IDENTITY_SECRET"]).toMatch(/^[0-9a-f]{64}$/);
  expect(one.everybody).not.toEqual(other.everybody);
  expect(callerVariables({ AUTH_MODE: "none" }).everybody).toEqual({});
});
