import { createHash } from "node:crypto";

/** The account id in all ARNs. */
export const ACCOUNT_ID = "000000000000";
/** The region; its zones are `local-1a` and `local-1b`. */
export const REGION = "local-1";

/** `arn:aws:ecs:local-1:000000000000:cluster/agent-team-local`. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
}

/**
 * The variables that point an AWS SDK or the `aws` command line at the local cloud. Both need all of them; any credentials
 * are accepted.
 */
export function awsEnvironment(apiUrl: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: apiUrl,
    // Otherwise clients send DiscoverInstances to the host data-127.0.0.1.
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: REGION,
  };
}

/** An id in the form of AWS, such as `ns-…`. It is a digest of `text`, so that it is the same at each start without being stored. */
export function resourceId(prefix: string, text: string, digits: number): string {
  return `${prefix}${createHash("sha1").update(text).digest("hex").slice(0, digits)}`;
}

/** A service's names in ECS, the same as in infra/, so that commands work on both. */
export const ecsNames = {
  service: (service: string): string => `${service}-service`,
  family: (cloud: string, service: string): string => `${cloud}-${service}`,
} as const;

export const ecsArns = {
  cluster: (cloud: string): string => arn("ecs", `cluster/${cloud}`),
  service: (cloud: string, service: string): string => arn("ecs", `service/${cloud}/${ecsNames.service(service)}`),
  task: (cloud: string, id: string): string => arn("ecs", `task/${cloud}/${id}`),
  /** Always revision 1: a task definition does not change while the cloud runs. */
  taskDefinition: (cloud: string, service: string): string =>
    arn("ecs", `task-definition/${ecsNames.family(cloud, service)}:1`),
} as const;

export const cloudMapIds = {
  namespace: (namespace: string): string => resourceId("ns-", namespace, 16),
  service: (namespace: string, service: string): string => resourceId("srv-", `${service}.${namespace}`, 16),
} as const;

/** Registry and tag of the images in outputs and task definitions. The local cloud has neither images nor a registry. */
export const ECR_REGISTRY: string = `${ACCOUNT_ID}.dkr.ecr.${REGION}.amazonaws.com`;
export const IMAGE_TAG = "local";

/** The log group of all tasks. */
export function logGroupName(cloud: string): string {
  return `/ecs/${cloud}`;
}
