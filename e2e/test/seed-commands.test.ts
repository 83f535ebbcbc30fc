/**
 * The commands of the original document for verifying, debugging and repairing a deployment, verbatim, against
 * `npm start -- --name agent-team-production`. One shell runs all of them in order, after one `eval`.
 */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "@agent-team/test-support/free-port";
import { taskProcesses } from "@agent-team/test-support/task-processes";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const VPC = "127.38.0.0/16";

interface Command {
  readonly line: string;
  /** Programs that the command needs. Without one of them the test is skipped. */
  readonly needs: readonly string[];
  readonly expected: (output: string) => void;
}

const answer = (output: string): unknown => JSON.parse(output) as unknown;
const silent = (output: string): void => expect(output).toBe("");

const COMMANDS: readonly Command[] = [
  // Step 3: Verify Deployment
  { line: "CLUSTER_NAME=$(terraform output -raw ecs_cluster_name)", needs: ["terraform"], expected: silent },
  {
    line: "aws ecs describe-services --cluster $CLUSTER_NAME --services workflow-agent-service",
    needs: ["terraform", "aws"],
    expected: (output) =>
      expect(answer(output)).toMatchObject({
        failures: [],
        services: [
          {
            serviceName: "workflow-agent-service",
            status: "ACTIVE",
            desiredCount: 2,
            runningCount: 2,
            deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }],
          },
        ],
      }),
  },
  {
    line: "aws ecs list-tasks --cluster $CLUSTER_NAME --service-name workflow-agent-service",
    needs: ["terraform", "aws"],
    expected: (output) => {
      const arn = expect.stringMatching(/^arn:aws:ecs:local-1:0{12}:task\/agent-team-production\/[0-9a-f]{32}$/);
      expect(answer(output)).toEqual({ taskArns: [arn, arn] });
    },
  },
  {
    line: "GRPC_ENDPOINT=$(terraform output -raw grpc_load_balancer_endpoint)",
    needs: ["terraform"],
    expected: silent,
  },
  {
    line: "grpc_health_probe -addr=$GRPC_ENDPOINT",
    needs: ["terraform"],
    expected: (output) => expect(output).toBe("status: SERVING\n"),
  },
  // Troubleshooting 1: Service Discovery Not Working
  {
    line: "aws servicediscovery list-services --filters Name=NAMESPACE_ID,Values=$(terraform output -raw service_discovery_namespace_id)",
    needs: ["terraform", "aws"],
    expected: (output) => {
      const service = (name: string, count: number): object =>
        expect.objectContaining({ Name: name, InstanceCount: count });
      const services = [service("workflow-agent", 2), service("workflow-engine", 1), service("api-gateway", 1)];
      expect(answer(output)).toEqual({ Services: expect.arrayContaining(services) });
    },
  },
  {
    line: "nslookup workflow-agent.agent-team-production.local",
    needs: ["nslookup"],
    expected: (output) =>
      expect(output.match(/^Name:\tworkflow-agent\.agent-team-production\.local\nAddress: 127\.38\./gm)).toHaveLength(
        2,
      ),
  },
  // Troubleshooting 2: gRPC Connection Failures
  {
    line: "aws ec2 describe-security-groups --group-ids $(terraform output -raw security_group_ids)",
    needs: ["terraform", "aws"],
    expected: (output) => {
      const { SecurityGroups: groups } = answer(output) as {
        SecurityGroups: { GroupName: string; IpPermissions: { FromPort: number }[] }[];
      };
      expect(groups.map(({ GroupName }) => GroupName.replace("agent-team-production-", "")).toSorted()).toEqual([
        "alb",
        "api-gateway",
        "cache",
        "nlb",
        "workflow-agent",
        "workflow-engine",
      ]);
      const agent = groups.find(({ GroupName }) => GroupName === "agent-team-production-workflow-agent");
      expect(new Set(agent?.IpPermissions.map(({ FromPort }) => FromPort))).toEqual(new Set([50_051, 8_080]));
    },
  },
  {
    line: "aws elbv2 describe-target-health --target-group-arn $(terraform output -raw workflow_agent_target_group_arn)",
    needs: ["terraform", "aws"],
    expected: (output) => {
      const target = (host: RegExp, zone: string): object => ({
        Target: { Id: expect.stringMatching(host), Port: 50_051, AvailabilityZone: zone },
        HealthCheckPort: "8080",
        TargetHealth: { State: "healthy" },
      });
      const targets = [target(/^127\.38\.10\./, "local-1a"), target(/^127\.38\.11\./, "local-1b")];
      const { TargetHealthDescriptions: found } = answer(output) as { TargetHealthDescriptions: unknown[] };
      expect(found).toHaveLength(2);
      expect(found).toEqual(expect.arrayContaining(targets));
    },
  },
  // Troubleshooting 3: Container Health Check Failures
  {
    line: 'aws logs get-log-events --log-group-name "/ecs/agent-team-production" --log-stream-name "workflow-agent/task-id"',
    needs: ["aws"],
    expected: (output) => {
      const { events } = answer(output) as { events: { message: string }[] };
      expect(events.map(({ message }) => message).join("\n")).toContain('"msg":"serving"');
    },
  },
  {
    // docker exec -it <container-id> grpc_health_probe -addr=localhost:50051
    // The only command that is changed: a task is a process here and not a container. The probe runs against a task instead
    // of `localhost`.
    line: "grpc_health_probe -addr=$(dig +short workflow-agent.agent-team-production.local | head -n 1):50051",
    needs: ["dig"],
    expected: (output) => expect(output).toBe("status: SERVING\n"),
  },
  // Debug Commands
  {
    line: 'aws servicediscovery discover-instances --namespace-name "agent-team-production.local" --service-name "workflow-agent"',
    needs: ["aws"],
    expected: (output) => {
      const instance = expect.objectContaining({
        HealthStatus: "HEALTHY",
        Attributes: expect.objectContaining({ AWS_INSTANCE_PORT: "50051", ECS_SERVICE_NAME: "workflow-agent-service" }),
      });
      expect(answer(output)).toMatchObject({ Instances: [instance, instance] });
    },
  },
  {
    line: "aws ecs describe-services --cluster $CLUSTER_NAME --services workflow-agent-service --query 'services[0].events'",
    needs: ["terraform", "aws"],
    expected: (output) => {
      const [newest] = answer(output) as { message: string }[];
      expect(newest?.message).toBe("(service workflow-agent-service) has reached a steady state.");
    },
  },
  {
    line: "aws ecs describe-task-definition --task-definition agent-team-production-workflow-agent",
    needs: ["aws"],
    expected: (output) => {
      const environment = expect.arrayContaining([
        { name: "WORKFLOW_ENGINE_DNS_NAME", value: "workflow-engine.agent-team-production.local" },
      ]);
      expect(answer(output)).toMatchObject({
        taskDefinition: {
          family: "agent-team-production-workflow-agent",
          containerDefinitions: [{ name: "workflow-agent", environment }],
        },
      });
    },
  },
];

/** A clone for this test alone: the start writes `.local-cloud` into it. */
const clone = mkdtempSync(join(tmpdir(), "agent-team-seed-"));
/** Without the variables of npm and AWS: they would take precedence over those of the test. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|AWS_|TF_|NODE_OPTIONS|INIT_CWD)/i.test(name)),
  ),
  // An inherited path may not exist, and then Terraform warns in each output.
  TF_CLI_CONFIG_FILE: "/dev/null",
  CHECKPOINT_DISABLE: "1",
};

let npmStart: ChildProcess;

/** Signals `npm start` and what it started, as a terminal does. @throws without a process: 0 would be the group of this test */
function signalGroup(signal: NodeJS.Signals): void {
  if (npmStart.pid === undefined) throw new Error("npm start has not started");
  process.kill(-npmStart.pid, signal);
}

/** The output and the exit code of each command, in order. */
let answers: readonly { readonly output: string; readonly code: number }[];

beforeAll(async () => {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(".")) symlinkSync(join(root, name), join(clone, name));
  }
  npmStart = spawn("npm", ["start", "--", "--name", "agent-team-production", "--vpc", VPC], {
    cwd: clone,
    env: { ...env, PORT: String(await freePort()) },
    // A process group, as in a terminal: Ctrl-C signals all of it.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await printed(npmStart, /Ctrl-C stops everything/);
  answers = await runAll();
}, 120_000);

afterAll(() => {
  // Ends the whole group also after a failure.
  try {
    signalGroup("SIGKILL");
  } catch {
    // it has ended
  }
  rmSync(clone, { recursive: true, force: true, maxRetries: 3 });
});

async function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = "";
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    text += `${line}\n`;
    if (pattern.test(line)) return void child.stdout?.resume();
  }
  throw new Error(`npm start ended: ${text}`);
}

/** Runs all commands in one shell, so that they share variables. */
async function runAll(): Promise<typeof answers> {
  const mark = "--- ended:";
  const script = [
    'eval "$(npx agent-team env)"',
    "cd .local-cloud/infra",
    ...COMMANDS.map(({ line }) => `${line} 2>&1\necho "${mark} $?"`),
  ].join("\n");
  const output = await new Promise<string>((resolve, reject) => {
    execFile("bash", ["-c", script], { cwd: clone, env, timeout: 90_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stdout}${stderr}`)),
    );
  });
  const parts = [...output.matchAll(new RegExp(`(.*?)${mark} (\\d+)\n`, "gs"))];
  return parts.map(([, text = "", code]) => ({ output: text, code: Number(code) }));
}

function isHere(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not there: an answer
    }
  });
}

for (const [place, { line, needs, expected }] of COMMANDS.entries()) {
  test(line, ({ skip }) => {
    const missing = needs.filter((program) => !isHere(program));
    if (missing.length > 0) skip(`no ${missing.join(" and no ")} in PATH: it is not known whether this command works`);
    expect(answers[place]?.code, answers[place]?.output).toBe(0);
    expected(answers[place]?.output ?? "");
  });
}

test("Ctrl-C ends it, and nothing is left but the logs", async () => {
  const exited = once(npmStart, "exit");
  signalGroup("SIGINT");
  await exited;
  if (existsSync("/proc")) await until(() => taskProcesses(VPC).length === 0);
  expect(readdirSync(join(clone, ".local-cloud"))).toEqual(["logs"]);
  const { code, stdout } = await new Promise<{ code: number; stdout: string }>((resolve) => {
    const child = execFile("npx", ["agent-team", "env"], { cwd: clone, env }, (_error, out) =>
      resolve({ code: child.exitCode ?? -1, stdout: out }),
    );
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}, 30_000);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
