import { createHash } from "node:crypto";

/** The account that the local cloud plays. */
export const ACCOUNT_ID = "000000000000";
/** The region; its zones are `local-1a` and `local-1b`. */
export const REGION = "local-1";

/** `arn:aws:ecs:local-1:000000000000:cluster/agent-team-local`. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
}

/** What leads an SDK or the command line here: they ask for all of it, and believe any credentials. */
export function awsEnvironment(apiUrl: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: apiUrl,
    // Otherwise clients ask the host data-127.0.0.1 for instances.
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: REGION,
  };
}

/**
 * An id as AWS gives them, such as `ns-…`. It is a digest of what it names, so that it is the same in each start and
 * nothing has to be remembered.
 */
export function resourceId(prefix: string, text: string, digits: number): string {
  return `${prefix}${createHash("sha1").update(text).digest("hex").slice(0, digits)}`;
}

/** How Terraform names what belongs to one service: the same names here, so that commands work on both. */
export const ecsNames = {
  service: (service: string): string => `${service}-service`,
  family: (cloud: string, service: string): string => `${cloud}-${service}`,
} as const;

export const ecsArns = {
  cluster: (cloud: string): string => arn("ecs", `cluster/${cloud}`),
  service: (cloud: string, service: string): string => arn("ecs", `service/${cloud}/${ecsNames.service(service)}`),
  task: (cloud: string, id: string): string => arn("ecs", `task/${cloud}/${id}`),
  /** Revision 1: what a task runs does not change while the cloud lives. */
  taskDefinition: (cloud: string, service: string): string =>
    arn("ecs", `task-definition/${ecsNames.family(cloud, service)}:1`),
} as const;

export const cloudMapIds = {
  namespace: (namespace: string): string => resourceId("ns-", namespace, 16),
  service: (namespace: string, service: string): string => resourceId("srv-", `${service}.${namespace}`, 16),
} as const;

/** There are no images and no registry here: the names by which outputs and task definitions call them. */
export const ECR_REGISTRY: string = `${ACCOUNT_ID}.dkr.ecr.${REGION}.amazonaws.com`;
export const IMAGE_TAG = "local";

/** The group of all tasks' logs. */
export function logGroupName(cloud: string): string {
  return `/ecs/${cloud}`;
}
