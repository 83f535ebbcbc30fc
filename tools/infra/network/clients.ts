import { type Target, targetFromEnvironment } from "@agent-team/grpc-client";
import type { Service } from "./tasks.ts";

/** Whom each service calls, by the prefix of its variables, with the port that DNS alone does not give. */
export const CLIENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "api-gateway": { WORKFLOW_SERVICE: 50051, WORKFLOW_ENGINE: 50050 },
  "workflow-agent": { WORKFLOW_ENGINE: 50050 },
  "workflow-engine": {},
};

/** The targets that a task's client makes of its variables. @throws ChannelError for a value that it refuses */
export function targetsOf({ name, container }: Pick<Service, "name" | "container">): readonly {
  readonly prefix: string;
  readonly target: Target;
}[] {
  return Object.entries(CLIENTS[name] ?? {}).map(([prefix, defaultPort]) => {
    // Every way there is, whatever the order uses today.
    const { [`${prefix}_DISCOVERY`]: _, ...env } = container.environment;
    return { prefix, target: targetFromEnvironment(prefix, env, { defaultPort }) };
  });
}
