/** What all calls of a channel share, and what the channel's configuration says about them. */

import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Compression } from "../compression.ts";
import type { ChannelEvents } from "../events.ts";
import type { FleetLatency } from "../fleet-latency.ts";
import type { PickSource } from "../picker.ts";
import type { DeadlineWheel } from "./deadline.ts";
import type { Hedging } from "./hedging.ts";
import type { RetryPermits } from "./retry-permits.ts";
import type { SilenceLimits } from "./silence-timer.ts";

export interface CallDeps {
  readonly picks: PickSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineWheel;
  readonly permits: RetryPermits;
  readonly rules: CallRules;
  readonly latency: Pick<FleetLatency, "p50Ms">;
  /** Undefined: no call gets a hedge. */
  readonly hedging: Hedging | undefined;
  readonly events: ChannelEvents;
}

/** What a channel's configuration says about retries. */
interface RetryRules {
  readonly maxAttempts: number;
  readonly pushbackBeforeHandler: boolean;
  /** Paths of methods that are idempotent although their descriptors do not say so. */
  readonly idempotentMethods: ReadonlySet<string>;
}

/** What a channel's configuration says about calls. */
interface CallRules extends RetryRules, SilenceLimits {
  /** Of calls that do not say. */
  readonly compression: Compression;
}
