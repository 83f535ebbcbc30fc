import { Health, HealthCheckResponse_ServingStatus as Status } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ServedService, service } from "../service.ts";
import type { Readiness } from "./readiness.ts";

/** The name of the server as a whole. */
const WHOLE_SERVER = "";

/**
 * grpc.health.v1 over one `Readiness`. The empty name is the task: SERVING until a drain begins. The name of a service is
 * SERVING while, in addition, the dependencies are available; all services of a server have the same ones. A Watch never
 * delays a drain. Probes have no identity, so these methods need none.
 */
export function createHealthService(served: readonly ServedService[], readiness: Readiness): ServedService {
  const names = new Set([WHOLE_SERVER, Health.typeName, ...served.map(({ desc }) => desc.typeName)]);
  const ofTheTask = new Set([WHOLE_SERVER, Health.typeName]);
  const statusOf = (name: string): Status => {
    if (!names.has(name)) return Status.SERVICE_UNKNOWN;
    const isServing = ofTheTask.has(name) ? readiness.ready : readiness.serving;
    return isServing ? Status.SERVING : Status.NOT_SERVING;
  };
  return service(
    Health,
    {
      check({ service: name }) {
        if (!names.has(name)) throw new ConnectError(`unknown service ${JSON.stringify(name)}`, Code.NotFound);
        return { status: statusOf(name) };
      },
      list() {
        return { statuses: Object.fromEntries([...names].map((name) => [name, { status: statusOf(name) }])) };
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

/** Resolves at the next change of readiness, or when the watch has ended. */
function change(readiness: Readiness, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  const unsubscribe = readiness.onChange(resolve);
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    unsubscribe();
    // A Watch lives as long as its connection: without this, each change would leave a listener until then.
    signal.removeEventListener("abort", onAbort);
  });
}
