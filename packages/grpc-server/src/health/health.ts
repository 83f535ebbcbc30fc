import { Health, HealthCheckResponse_ServingStatus as Status } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ServedService, service } from "../service.ts";
import type { Readiness } from "./readiness.ts";

/**
 * grpc.health.v1 over one `Readiness`: all services of a server are ready or not together.
 * The empty name asks for the server as a whole. A Watch never holds up a drain. Probes have no identity: anybody may ask.
 */
export function createHealthService(served: readonly ServedService[], readiness: Readiness): ServedService {
  const names = new Set(["", Health.typeName, ...served.map(({ desc }) => desc.typeName)]);
  const statusOf = (name: string): Status => {
    if (!names.has(name)) return Status.SERVICE_UNKNOWN;
    return readiness.ready ? Status.SERVING : Status.NOT_SERVING;
  };
  return service(
    Health,
    {
      check({ service: name }) {
        if (!names.has(name)) throw new ConnectError(`unknown service ${JSON.stringify(name)}`, Code.NotFound);
        return { status: statusOf(name) };
      },
      async *watch({ service: name }, { signal }) {
        let sent: Status | undefined;
        while (!signal.aborted) {
          const status = statusOf(name);
          if (status !== sent) yield { status };
          sent = status;
          if (status === statusOf(name)) await change(readiness, signal);
        }
      },
    },
    { holdsDrain: false, isOpen: true },
  );
}

/** Resolves at the next change of readiness, or when nobody waits any more. */
function change(readiness: Readiness, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = readiness.onChange(resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(unsubscribe);
}
