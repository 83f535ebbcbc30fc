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
  /** The name that identities must be made for, such as `workflow-engine`: one made for another service is refused. */
  readonly audience: string;
  readonly clock?: Clock | undefined;
  /**
   * What calls need beside this process. While one is away the services are NOT_SERVING in grpc.health.v1 and `/readyz`
   * names it, with 200: handlers answer UNAVAILABLE with their reason. Default: none.
   */
  readonly dependencies?: readonly Dependency[] | undefined;
  /**
   * Called when the drain begins, after health says NOT_SERVING: time to hand over what another instance can go on with.
   * `callsEnded` resolves when no call is left and none can come. The process waits for the returned promise as long as
   * for calls. A failure is logged.
   */
  readonly onDrain?: ((drain: { readonly callsEnded: Promise<void> }) => void | Promise<void>) | undefined;
}
