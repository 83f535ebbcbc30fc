import { Health, HealthCheckResponse_ServingStatus as Status } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ServedService, service } from "../service.ts";
import type { Readiness } from "./readiness.ts";

/** The name of the server as a whole. */
const WHOLE_SERVER = "";

/** Names that stand for the task, and not for a service that needs the dependencies. */
const NAMES_OF_THE_TASK: ReadonlySet<string> = new Set([WHOLE_SERVER, Health.typeName]);

/**
 * grpc.health.v1 over one `Readiness`. The empty name is the task: SERVING until a drain begins. The name of a service is
 * SERVING while, in addition, the dependencies are available; all services of a server have the same ones. A Watch never
 * delays a drain. Probes have no identity, so these methods need none.
 */
export function createHealthService(served: readonly ServedService[], readiness: Readiness): ServedService {
  const names = new Set([...NAMES_OF_THE_TASK, ...served.map(({ desc }) => desc.typeName)]);
  const impl = {
    check({ service: name }: { readonly service: string }) {
      if (!names.has(name)) throw new ConnectError(`unknown service ${JSON.stringify(name)}`, Code.NotFound);
      return { status: statusOf(name, readiness) };
    },
    list() {
      return { statuses: Object.fromEntries([...names].map((name) => [name, { status: statusOf(name, readiness) }])) };
    },
    watch({ service: name }: { readonly service: string }, { signal }: { readonly signal: AbortSignal }) {
      return watch(() => (names.has(name) ? statusOf(name, readiness) : Status.SERVICE_UNKNOWN), readiness, signal);
    },
  };
  return service(Health, impl, { holdsDrain: false, isOpen: true });
}

function statusOf(name: string, readiness: Readiness): Status {
  const isServing = NAMES_OF_THE_TASK.has(name) ? readiness.ready : readiness.serving;
  return isServing ? Status.SERVING : Status.NOT_SERVING;
}

/** The status, and again after each change, until the signal aborts. */
async function* watch(
  readStatus: () => Status,
  readiness: Readiness,
  signal: AbortSignal,
): AsyncGenerator<{ readonly status: Status }> {
  let sent: Status | undefined;
  while (!signal.aborted) {
    const status = readStatus();
    if (status !== sent) yield { status };
    sent = status;
    if (status === readStatus()) await change(readiness, signal);
  }
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
