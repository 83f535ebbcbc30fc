// Mistakes of an earlier implementation. Each is made again in a copy of infra/, and the check that knows it says so.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT } from "../check/tool.ts";
import { checkBadInput } from "./checks/bad-input.ts";
import { checkContract } from "./checks/contract.ts";
import { checkOutputs, problemsIn } from "./checks/docs.ts";
import { checkEnvironment, checkStopTimes } from "./checks/environment.ts";
import { checkFigures } from "./checks/figures.ts";
import { checkIam } from "./checks/iam.ts";
import { checkNames } from "./checks/limits.ts";
import { checkModules } from "./checks/modules.ts";
import { checkPorts } from "./checks/ports.ts";
import { checkReadme } from "./checks/readme.ts";
import { checkReferences } from "./checks/references.ts";
import { checkSchema } from "./checks/schema.ts";
import { checkBalancers, checkGroupsAttached, checkReachability } from "./checks/security-groups.ts";
import { checkHealthChecks, checkServices } from "./checks/services.ts";
import { readSubject, type Subject } from "./checks/subject.ts";
import { checkIdleTimeouts } from "./checks/timeouts.ts";

type Rule = (subject: Subject) => readonly string[] | Promise<readonly string[]>;

const INFRA = join(ROOT, "infra");
const copy = mkdtempSync(join(tmpdir(), "infra-lessons-"));
cpSync(INFRA, copy, { recursive: true });
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What a rule says of a copy in which the first file of that name that holds `from` was changed. */
async function findingsAfter(rule: Rule, name: string, from: string | RegExp, to: string): Promise<string> {
  const files = globSync(`**/${name}`, { cwd: copy }).map((file) => join(copy, file));
  const path = files
    .toSorted()
    .find((file) => readFileSync(file, "utf8").replace(from, to) !== readFileSync(file, "utf8"));
  if (path === undefined) throw new Error(`no ${name} holds ${from}: the mistake can no longer be made this way`);
  const good = readFileSync(path, "utf8");
  writeFileSync(path, good.replace(from, to));
  try {
    return (await rule(await readSubject(copy))).join("\n");
  } finally {
    writeFileSync(path, good);
  }
}

describe("networks", () => {
  test("a network load balancer without its group is found", async () => {
    const change = ["load_balancer_grpc.tf", /\n *security_groups *= .*/, ""] as const;
    expect(await findingsAfter(checkGroupsAttached, ...change)).toMatch(/aws_lb\.grpc has no security group/);
    expect(await findingsAfter(checkReachability, ...change)).toMatch(
      /opens nlb → workflow-agent 50051, which nothing needs/,
    );
  });

  test("tasks that do not admit a balancer's health check are found", async () => {
    const findings = await findingsAfter(checkReachability, "*.tf", /\n *nlb-agent-health .*/, "");
    expect(findings).toMatch(/nlb → workflow-agent 8080 is needed, and no ingress rule opens it/);
    expect(findings).toMatch(/nlb → workflow-agent 8080 is needed, and no egress rule opens it/);
  });

  test("a way that nothing needs is found", async () => {
    const extra =
      'fixed_flows = {\n    back = { from = "workflow-engine", to = "api-gateway", port = local.ports.health }';
    expect(await findingsAfter(checkReachability, "*.tf", "fixed_flows = {", extra)).toMatch(
      /opens workflow-engine → api-gateway 8080, which nothing needs/,
    );
  });

  test("client addresses that pass the network load balancer are found", async () => {
    const findings = await findingsAfter(
      checkBalancers,
      "load_balancer_grpc.tf",
      /preserve_client_ip *= false/,
      "preserve_client_ip = true",
    );
    expect(findings).toMatch(/preserve_client_ip must be false/);
  });

  test("a TCP health check, which passes for a server that drains, is found", async () => {
    const findings = await findingsAfter(
      checkBalancers,
      "load_balancer_grpc.tf",
      /protocol( *)= "HTTP"/,
      'protocol$1= "TCP"',
    );
    expect(findings).toMatch(/health check must be HTTP \/readyz/);
  });
});

describe("arguments", () => {
  test("one that the resource lacks is found without Terraform", async () => {
    const findings = await findingsAfter(checkSchema, "*.tf", "propagate_tags", "propagate_labels");
    expect(findings).toMatch(
      /ecs_services\.tf: aws_ecs_service\.this: propagate_labels is not an argument \(provider /,
    );
  });

  test("one that is missing is found", async () => {
    expect(await findingsAfter(checkSchema, "*.tf", /\n *family *= .*/, "")).toMatch(/family is required/);
  });

  test("a name that does not exist is found", async () => {
    expect(
      await findingsAfter(checkReferences, "outputs.tf", "aws_ecs_cluster.this.name", "aws_ecs_cluster.main.name"),
    ).toMatch(/there is no aws_ecs_cluster\.main/);
    expect(await findingsAfter(checkReferences, "*.tf", "aws_lb.api.dns_name", "aws_lb.api.hostname")).toMatch(
      /the provider tells no "hostname"/,
    );
  });

  test("an input that the module does not take is found", async () => {
    expect(await findingsAfter(checkModules, "main.tf", "  region ", "  zone ")).toMatch(
      /the input region is missing.*\n.*has no variable zone/,
    );
  });
});

describe("ports", () => {
  test("an engine on 8000 here and on 50050 there is found", async () => {
    const findings = await findingsAfter(checkPorts, "*.tf", /workflow_engine( *)= 50050/, "workflow_engine$1= 8000");
    expect(findings).toMatch(/workflow-engine: GRPC_PORT and the program's default: 8000 and 50050/);
    expect(findings).toMatch(/workflow-engine: GRPC_PORT and the local cloud: 8000 and 50050/);
  });

  test("a port outside of the one list is found", async () => {
    const findings = await findingsAfter(checkPorts, "load_balancer_grpc.tf", "local.ports.workflow_agent", "50051");
    expect(findings).toMatch(/50051 stands outside of local\.ports/);
  });
});

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
    const findings = await findingsAfter(checkEnvironment, "*.tf", "REDIS_URL = local", "redis_url = local");
    expect(findings).toMatch(/workflow-agent: redis_url is set, and nothing reads it/);
    expect(findings).toMatch(/workflow-agent: REDIS_URL is read, and not set/);
  });

  test("a secret that one task lacks, or gets for nothing, is found", async () => {
    const findings = await findingsAfter(
      checkEnvironment,
      "services.tf",
      '["anthropic_api_key", "openai_api_key"]',
      '["anthropic_api_key", "supabase_url"]',
    );
    expect(findings).toMatch(/workflow-agent: the secret OPENAI_API_KEY is missing/);
    expect(findings).toMatch(/workflow-agent: SUPABASE_URL is set, and nothing reads it/);
    expect(findings).not.toMatch(/workflow-engine/);
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
});

describe("deployments", () => {
  test.each([
    ["no breaker", /deployment_circuit_breaker \{[^}]*\}/, "", /no deployment circuit breaker/],
    ["no grace", /\n *health_check_grace_period_seconds.*/, "", /no health check grace period/],
  ])("%s is found", async (_, from, to, finding) => {
    expect(await findingsAfter(checkServices, "*.tf", from, to)).toMatch(finding);
  });

  test("a service that does not scale is found", async () => {
    const findings = await findingsAfter(
      checkServices,
      "*.tf",
      'resource "aws_appautoscaling_target"',
      'resource "aws_appautoscaling_other"',
    );
    expect(findings).toMatch(/is not scaled/);
  });

  test("committed placeholders that would beat real values are refused", async () => {
    const findings = await findingsAfter(
      checkBadInput,
      "variables*.tf",
      /validation \{[^}]*"openai_api_key"\)[^}]*\}/,
      "",
    );
    expect(findings).toMatch(/your-openai-api-key.* is not refused/);
  });

  test("the tag latest is refused", async () => {
    expect(await findingsAfter(checkBadInput, "variables*.tf", ' && var.image_tag != "latest"', "")).toMatch(
      /"latest".* is not refused/,
    );
  });

  test("a name that makes a balancer's too long is found", async () => {
    expect(await findingsAfter(checkNames, "load_balancer_grpc.tf", "-grpc-nlb", "-internal-grpc-balancer")).toMatch(
      /aws_lb\.grpc: the name .* has \d+ characters/,
    );
  });
});

describe("outputs and documents", () => {
  test("an output that terraform output -raw refuses is found", async () => {
    const findings = await findingsAfter(
      checkOutputs,
      "outputs.tf",
      /join\(" ", module\.region\.security_group_ids\)/,
      "module.region.security_group_ids",
    );
    expect(findings).toMatch(/output\.security_group_ids is no string/);
  });

  test("an output, a variable and a command that a document names and nobody has are found", async () => {
    const text =
      "`terraform output -raw nlb_endpoint`, `TF_VAR_open_ai_key=x`, `npm run deploy-all`\n```hcl\ncpu_units = 1\n```\n";
    expect(problemsIn({ file: "docs/guides/deploy.md", text }, await readSubject(copy))).toEqual([
      "docs/guides/deploy.md: there is no output nlb_endpoint",
      "docs/guides/deploy.md: there is no variable open_ai_key",
      "docs/guides/deploy.md: there is no npm script deploy-all",
      "docs/guides/deploy.md: there is no variable cpu_units",
    ]);
  });

  test("a promise whose test is gone, or that never had one, is found", async () => {
    expect(await findingsAfter(checkContract, "CONTRACT.md", "[outputs are strings]", "[outputs are numbers]")).toMatch(
      /"outputs are numbers" is not in \.\.\/tools\/infra\/checks\/always\.ts/,
    );
    expect(await findingsAfter(checkContract, "CONTRACT.md", "not tested: the servers have no TLS", "")).toMatch(
      /TLS between the services: nothing holds it, and no reason is given/,
    );
  });

  test("a table that the HCL has left behind is found", async () => {
    expect(
      await findingsAfter(
        checkReadme,
        "variables*.tf",
        /description = "Region of the deployment\."/,
        'description = "Elsewhere."',
      ),
    ).toMatch(/tables are not those of the HCL/);
  });
});

describe("roles", () => {
  test("a role that may do more than it needs is found", async () => {
    expect(await findingsAfter(checkIam, "*.tf", '"ssm:GetParameters"', '"ssm:*"')).toMatch(
      /allows ssm:\*, which nothing needs/,
    );
    expect(await findingsAfter(checkIam, "*.tf", "sort(values(local.secret_arns))", '["*"]')).toMatch(
      /ssm:GetParameters on everything/,
    );
    expect(await findingsAfter(checkIam, "*.tf", '"aws:SourceAccount"', '"aws:SourceArn"')).toMatch(
      /trusts ECS of every account/,
    );
  });
});

describe("the dashboard", () => {
  test("a graph of a figure that nobody writes is found, and a figure that nobody sees", async () => {
    const findings = await findingsAfter(checkFigures, "dashboard.tf", '"EndpointsReady"', '"ReadyEndpoints"');
    expect(findings).toMatch(/the dashboard shows ReadyEndpoints, which no program writes/);
    expect(findings).toMatch(/EndpointsReady is written and paid for, and nobody sees it/);
  });
});

describe("idle connections", () => {
  test("an idle timeout that ends before the next keepalive is found", async () => {
    expect(
      await findingsAfter(
        checkIdleTimeouts,
        "load_balancer_grpc.tf",
        /tcp_idle_timeout_seconds( *)= 350/,
        "tcp_idle_timeout_seconds$1= 60",
      ),
    ).toMatch(/the program speaks every 60 s/);
  });
});
