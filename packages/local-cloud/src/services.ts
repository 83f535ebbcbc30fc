import { fileURLToPath } from "node:url";
import type { CallerVariables } from "./callers.ts";
import { LocalCloudError } from "./errors.ts";

/** What ECS would call a service together with its task definition. */
export interface ServiceDefinition {
  /** Also its name in Cloud Map and DNS. */
  readonly name: string;
  /** Absolute path of the program that each task runs with our own Node. */
  readonly program: string;
  /** The contract port, which each task has on its own address. */
  readonly port: number;
  /** Which pair of variables tells the program where to bind: `GRPC_HOST`, `GRPC_PORT` or `HTTP_HOST`, `HTTP_PORT`. */
  readonly protocol: "grpc" | "http";
  /** Prefix of the variables that lead other tasks here, such as `WORKFLOW_SERVICE`. Without one, nobody is told. */
  readonly clientPrefix?: string | undefined;
  /** Whose target group the tasks join: the internal balancer or the published gateway. Default: none. */
  readonly balancer?: "nlb" | "alb" | undefined;
  /** How many tasks run at first. 0 to 50. */
  readonly desired: number;
  /** Variables on top of those that every task gets. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/**
 * Tasks that a service may have on one machine. Each is a Node process of about 80 MB, and a deployment runs twice as many for
 * a while.
 */
export const MAX_DESIRED = 50;

/** @throws LocalCloudError for a count of tasks that is not one, or that no machine is to carry */
export function checkDesired(name: string, desired: number): number {
  if (Number.isInteger(desired) && desired >= 0 && desired <= MAX_DESIRED) return desired;
  throw new LocalCloudError(`${name}: expected a whole number from 0 to ${MAX_DESIRED}, got ${desired}`);
}

export interface AgentTeamOptions {
  /** Tasks of workflow-agent at first. Default 2; 0 to 50. */
  readonly agents?: number | undefined;
  /** Variables for all three services, such as `LLM_PROVIDER`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** What they are told of callers, see `callerVariables`. Default: nothing, and everybody is the subject `local`. */
  readonly callers?: CallerVariables | undefined;
}

/**
 * The three services of this repository, those that are called first: a gateway that starts after its backends finds
 * them in its first DNS answer. (The engine stands behind the balancer only here; without that, no strategy but DNS
 * could be tried alone.)
 */
export function agentTeamServices(options: AgentTeamOptions = {}): readonly ServiceDefinition[] {
  const { agents = 2, callers } = options;
  const environment = { ...options.environment, ...callers?.everybody };
  return [
    {
      name: "workflow-engine",
      program: programOf("workflow-engine"),
      port: 50050,
      protocol: "grpc",
      clientPrefix: "WORKFLOW_ENGINE",
      balancer: "nlb",
      desired: 1,
      environment,
    },
    {
      name: "workflow-agent",
      program: programOf("workflow-agent"),
      port: 50051,
      protocol: "grpc",
      clientPrefix: "WORKFLOW_SERVICE",
      balancer: "nlb",
      desired: agents,
      environment,
    },
    {
      name: "api-gateway",
      program: programOf("api-gateway"),
      port: 8000,
      protocol: "http",
      balancer: "alb",
      desired: 1,
      environment: { ...environment, ...callers?.gateway },
    },
  ];
}

function programOf(service: string): string {
  return fileURLToPath(new URL(`../../../services/${service}/src/main.ts`, import.meta.url));
}
