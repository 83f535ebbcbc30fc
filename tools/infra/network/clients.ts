import { type Target, targetFromEnvironment } from "@agent-team/grpc-client";
import type { Service } from "./tasks.ts";

/** The servers that each service calls: the prefix of the variables, and the server's default port. */
export const CLIENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "api-gateway": { WORKFLOW_SERVICE: 50051, WORKFLOW_ENGINE: 50050 },
  "workflow-agent": { WORKFLOW_ENGINE: 50050 },
  "workflow-engine": {},
};

interface ClientTarget {
  readonly prefix: string;
  readonly target: Target;
}

/** The targets that a task's client makes of its variables. @throws ChannelError for a value that the client refuses */
export function targetsOf({ name, container }: Service): readonly ClientTarget[] {
  return Object.entries(CLIENTS[name] ?? {}).map(([prefix, defaultPort]) => {
    // Without the order of strategies every configured strategy is a tier.
    const { [`${prefix}_DISCOVERY`]: _, ...env } = container.environment;
    return { prefix, target: targetFromEnvironment(prefix, env, { defaultPort }) };
  });
}
