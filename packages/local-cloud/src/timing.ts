import { LocalCloudError } from "./errors.ts";

/** The delays of AWS, divided by `speed`. */
export interface Timing {
  /** TTL of DNS responses. In infra/: 10 s. At least 1 s: a TTL of 0 means "do not cache". */
  readonly dnsTtlSeconds: number;
  /** From a change in Cloud Map to the first DNS response with it. AWS: about 2 s. */
  readonly dnsPropagationMs: number;
  /** From a custom health report to the change of the instance's health. AWS: 30 s. */
  readonly customHealthMs: number;
  /** Between two health checks of a target. In infra/: 5 s. */
  readonly targetCheckIntervalMs: number;
  /** Between two container health checks. In infra/: 10 s. */
  readonly containerCheckIntervalMs: number;
  /** Time after its start in which failed checks do not replace a task. In infra/: 60 s. */
  readonly gracePeriodMs: number;
  /** LAME_DUCK_MS of every task: propagation, the TTL and 1 s. */
  readonly lameDuckMs: number;
  /** LAME_DUCK_QUIET_MS of every task. */
  readonly lameDuckQuietMs: number;
  /** From SIGTERM to SIGKILL, and STOP_TIMEOUT_MS of every task. In infra/: 120 s, the limit of Fargate. */
  readonly stopTimeoutMs: number;
  /** Limit from the launch of a task to its first successful readiness check. */
  readonly startTimeoutMs: number;
  /** The count of failed tasks restarts after this time, plus the start limit of a replacement, without a failure. */
  readonly crashWindowMs: number;
  /** Delay before the second failed task of a service is replaced. It doubles with each further failure. */
  readonly crashBackoffMs: number;
}

/**
 * The delays at a `speed` of 1 to 100, which divides the waits that are by design. Limits for work of the machine (the start of
 * a program, the abort of its last calls) are not divided.
 * @throws LocalCloudError for another speed
 */
export function timingAt(speed: number): Timing {
  if (!(speed >= 1 && speed <= 100)) throw new LocalCloudError(`speed: expected 1 to 100, got ${speed}`);
  const dnsTtlSeconds = Math.max(1, Math.round(10 / speed));
  // The TTL has a minimum, so each part is divided, and not their sum.
  const lameDuckMs = Math.round(3_000 / speed + dnsTtlSeconds * 1_000);
  const lameDuckQuietMs = Math.round(5_000 / speed);
  return {
    dnsTtlSeconds,
    dnsPropagationMs: 2_000 / speed,
    customHealthMs: 30_000 / speed,
    targetCheckIntervalMs: 5_000 / speed,
    containerCheckIntervalMs: 10_000 / speed,
    gracePeriodMs: 60_000 / speed,
    lameDuckMs,
    lameDuckQuietMs,
    // 5 s is the margin of the servers between ending the remaining calls with UNAVAILABLE and the exit of the process.
    stopTimeoutMs: Math.round(115_000 / speed + 5_000),
    startTimeoutMs: 30_000,
    crashWindowMs: 60_000 / speed,
    crashBackoffMs: 1_000 / speed,
  };
}
