import type { Clock } from "@agent-team/foundation/clock";
import type { ServerConfig } from "./config/server-config.ts";
import type { Dependency } from "./health/readiness.ts";
import type { Logger } from "./logger.ts";
import type { ServedService } from "./service.ts";

/** Options of `serve`. */
export interface ServeOptions {
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly services: readonly ServedService[];
  /** The service that identities must name, such as `workflow-engine`. An identity for another service is refused. */
  readonly audience: string;
  readonly clock?: Clock | undefined;
  /**
   * Stores that calls need. While one is unavailable, the services are NOT_SERVING in grpc.health.v1 and `/readyz` names
   * the store, still with 200. Handlers answer UNAVAILABLE with their own reason. Default: none.
   */
  readonly dependencies?: readonly Dependency[] | undefined;
  /** Figures of the program in the Prometheus text format, for `/metrics`. Default: those of the process and its calls alone. */
  readonly metrics?: (() => string) | undefined;
  /**
   * Called when the drain begins and health is NOT_SERVING: hands work over to other instances. `callsEnded` resolves when
   * the last call has ended and no other can arrive. The drain waits for the returned promise as long as for calls. A
   * failure is logged. Default: nothing to hand over.
   */
  readonly onDrain?: ((drain: { readonly callsEnded: Promise<void> }) => void | Promise<void>) | undefined;
}
