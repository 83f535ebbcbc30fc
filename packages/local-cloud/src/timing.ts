import { LocalCloudError } from "./errors.ts";

/** The delays of the real thing, divided by `speed`. */
export interface Timing {
  /** TTL of DNS answers. AWS: 10 s. Never below 1 s, the smallest that the protocol can say besides "do not cache". */
  readonly dnsTtlSeconds: number;
  /** From a change in Cloud Map to the first DNS answer that shows it. AWS: about 2 s. */
  readonly dnsPropagationMs: number;
  /** From a report of custom health to the API's answers that show it. AWS: 30 s. */
  readonly customHealthMs: number;
  /** Between two checks of one balancer target. Ours in Terraform: 5 s. */
  readonly targetCheckIntervalMs: number;
  /** Between two checks of a container's own health. Ours in Terraform: 10 s. */
  readonly containerCheckIntervalMs: number;
  /** How long after its start failed checks do not get a task replaced. Ours in Terraform: 60 s. */
  readonly gracePeriodMs: number;
  /** LAME_DUCK_MS of every task: propagation, the TTL, and 1 s. */
  readonly lameDuckMs: number;
  /** LAME_DUCK_QUIET_MS of every task. */
  readonly lameDuckQuietMs: number;
  /** From SIGTERM to SIGKILL, and STOP_TIMEOUT_MS of every task. Ours in Terraform: 120 s, the most that Fargate allows. */
  readonly stopTimeoutMs: number;
  /** How long a task may take from its own start to its first ready answer. */
  readonly startTimeoutMs: number;
  /** Accidents of a service count together until it had none for so long, beside the start limit of a replacement. */
  readonly crashWindowMs: number;
  /** Wait before the replacement of the second task of a service that ended by accident; doubles with each further one. */
  readonly crashBackoffMs: number;
}

/**
 * `speed` (default 1; 1 to 100) divides what is a wait by design. What is bound to the speed of the machine (the time
 * a program needs to start or to abort its last calls) is not divided.
 */
export function timingAt(speed: number): Timing {
  if (!(speed >= 1 && speed <= 100)) throw new LocalCloudError(`speed: expected 1 to 100, got ${speed}`);
  const dnsTtlSeconds = Math.max(1, Math.round(10 / speed));
  // The TTL has a floor, so the parts are added and not their sum divided.
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
    // 5 s are the servers' margin between "the rest ends UNAVAILABLE" and the end of the process, which takes what it takes.
    stopTimeoutMs: Math.round(115_000 / speed + 5_000),
    startTimeoutMs: 30_000,
    crashWindowMs: 60_000 / speed,
    crashBackoffMs: 1_000 / speed,
  };
}
