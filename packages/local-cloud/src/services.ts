import { fileURLToPath } from "node:url";
import type { CallerVariables } from "./callers.ts";
import { LocalCloudError } from "./errors.ts";

/** A service together with its task definition. */
export interface ServiceDefinition {
  /** The name in ECS, Cloud Map and DNS. */
  readonly name: string;
  /** Absolute path of the program of each task. It runs with the Node that runs the cloud. */
  readonly program: string;
  /** The port of the contract, on which each task listens at its own address. */
  readonly port: number;
  /** The pair of variables with the listen address: `GRPC_HOST`, `GRPC_PORT` or `HTTP_HOST`, `HTTP_PORT`. */
  readonly protocol: "grpc" | "http";
  /** Prefix of the discovery variables that all tasks get for this service, such as `WORKFLOW_SERVICE`. Default: no variables. */
  readonly clientPrefix?: string | undefined;
  /** The balancer in which the tasks are registered: internal (`nlb`) or public (`alb`). Default: none. */
  readonly balancer?: "nlb" | "alb" | undefined;
  /** Desired count at the start. 0 to 50. */
  readonly desired: number;
  /** Variables in addition to those that every task gets. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Limit of a service's desired count. Each task is a Node process of about 80 MB, and a deployment doubles their number for a while. */
export const MAX_DESIRED = 50;

/** @throws LocalCloudError for a count that is not a whole number from 0 to `MAX_DESIRED` */
export function checkDesired(name: string, desired: number): number {
  if (Number.isInteger(desired) && desired >= 0 && desired <= MAX_DESIRED) return desired;
  throw new LocalCloudError(`${name}: expected a whole number from 0 to ${MAX_DESIRED}, got ${desired}`);
}

export interface AgentTeamOptions {
  /** Desired count of workflow-agent at the start. Default 2; 0 to 50. */
  readonly agents?: number | undefined;
  /** Variables for all three services, such as `LLM_PROVIDER`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Variables about callers, see `callerVariables`. Default: none, and every caller is the subject `local`. */
  readonly callers?: CallerVariables | undefined;
}

/**
 * The three services of this repository, backends first: a gateway that starts after its backends finds them in its first
 * DNS response. The engine has a load balancer only in the local cloud, so that the `lb` strategy can be tried alone.
 */
export function agentTeamServices(options: AgentTeamOptions = {}): readonly ServiceDefinition[] {
  const { agents = 2, callers } = options;
  const environment = { ...options.environment, ...callers?.allServices };
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
