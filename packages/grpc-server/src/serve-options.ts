import type { Clock } from "@agent-team/grpc-client";
import type { ServerConfig } from "./config/server-config.ts";
import type { Logger } from "./logger.ts";
import type { ServedService } from "./service.ts";

export interface ServeOptions {
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly services: readonly ServedService[];
  readonly clock?: Clock | undefined;
  /** Whether new work is wanted, asked at each `/readyz` and health check. Default: always. Say no while a store is away. */
  readonly isReady?: (() => boolean) | undefined;
  /**
   * Called when the drain begins, after health says NOT_SERVING: time to hand over what another instance can go on with.
   * The process waits for its promise as long as for calls. A failure is logged.
   */
  readonly onDrain?: (() => void | Promise<void>) | undefined;
}
