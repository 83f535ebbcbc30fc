// What a task is told, and how it is asked for its health.
import { describe, expect, test } from "vitest";
import { checkEnvironment, checkStopTimes } from "../checks/environment.ts";
import { checkHealthChecks } from "../checks/services.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("health checks", () => {
  test.each(["nc -z 127.0.0.1 50051", "curl -f http://127.0.0.1:8080/livez", "grpc-health -addr=127.0.0.1:50051"])(
    "%s, which no image holds, is found",
    async (command) => {
      const findings = await findingsAfter(checkHealthChecks, "*.tf", /bin\/grpc_health_probe [^"]*/, command);
      expect(findings).toMatch(/does not begin with bin\/grpc_health_probe, which the image holds/);
    },
  );

  test("a start period of four minutes is found", async () => {
    expect(await findingsAfter(checkHealthChecks, "*.tf", /startPeriod( *)= 20/, "startPeriod$1= 240")).toMatch(
      /startPeriod is 240/,
    );
  });
});

describe("variables of tasks", () => {
  test("redis_url in the place of REDIS_URL is found", async () => {
    const findings = await findingsAfter(checkEnvironment, "secrets.tf", "upper(name) => local", "name => local");
    expect(findings).toMatch(/workflow-agent: redis_url is set, and nothing reads it/);
    expect(findings).toMatch(/workflow-agent: REDIS_URL is read, and not set/);
  });

  test("a secret that one task lacks, or gets for nothing, is found", async () => {
    const findings = await findingsAfter(
      checkEnvironment,
      "services.tf",
      '["identity_secret", "redis_url"]',
      '["identity_secret", "supabase_url"]',
    );
    expect(findings).toMatch(/workflow-agent: the secret REDIS_URL is missing/);
    expect(findings).toMatch(/workflow-agent: SUPABASE_URL is set, and nothing reads it/);
    expect(findings).not.toMatch(/workflow-engine/);
  });

  test.each(["anthropic_api_key", "redis_url", "supabase_service_key"])(
    "%s, which the gateway does not read, is found in its task",
    async (secret) => {
      const change = ["services.tf", '["api_keys", ', `["${secret}", "api_keys", `] as const;
      expect(await findingsAfter(checkEnvironment, ...change)).toContain(
        `api-gateway: ${secret.toUpperCase()} is set, and nothing reads it`,
      );
    },
  );

  test.each(["api_keys", "supabase_jwt_secret"])("%s is missed when no task gets it", async (secret) => {
    expect(await findingsAfter(checkEnvironment, "services.tf", `"${secret}", `, "")).toContain(
      `api-gateway: the secret ${secret.toUpperCase()} is missing`,
    );
  });

  test("a secret in plain sight is found", async () => {
    const findings = await findingsAfter(
      checkEnvironment,
      "*.tf",
      /GRPC_HOST +=/,
      'OPENAI_API_KEY = "sk-x"\n GRPC_HOST =',
    );
    expect(findings).toMatch(/workflow-agent: OPENAI_API_KEY stands in the task definition for all to read/);
  });

  test("a variable that one program reads and its task lacks is found", async () => {
    expect(await findingsAfter(checkEnvironment, "*.tf", /\n *LOG_LEVEL .*/, "")).toMatch(
      /workflow-engine: LOG_LEVEL is read, and not set/,
    );
  });

  test("a value that the program refuses at its start is found", async () => {
    const findings = await findingsAfter(checkEnvironment, "*.tf", /WORKFLOW_ENGINE_DNS_NAME *= "/, "$&http://");
    expect(findings).toMatch(/WORKFLOW_ENGINE_DNS_NAME=http:/);
  });

  test("two different times to stop are found", async () => {
    const findings = await findingsAfter(checkStopTimes, "*.tf", /stopTimeout( *)= [\w.]+/, "stopTimeout$1= 30");
    expect(findings).toMatch(/STOP_TIMEOUT_MS is 120000, ECS's stopTimeout 30000/);
  });

  test("a GOAWAY before DNS has changed is found", async () => {
    const change = ["locals.tf", "= local.dns_propagation_seconds + local.dns_ttl_seconds + 1", "= 10"] as const;
    expect(await findingsAfter(checkStopTimes, ...change)).toMatch(/LAME_DUCK_MS is 10000: expected at least 13000/);
  });

  test("a longer TTL moves GOAWAY with it", async () => {
    const change = ["locals.tf", /dns_ttl_seconds( *)= 10/, "dns_ttl_seconds$1= 60"] as const;
    expect(await findingsAfter(checkStopTimes, ...change)).toBe("");
  });
});
