import type { CheckFailure } from "../http-check.ts";
import type { Listener } from "./load-balancers.ts";

/** Why a target is unhealthy: `Reason` and `Description` of `DescribeTargetHealth`. ECS repeats the description in its events. */
export interface HealthReason {
  readonly code: "Target.ResponseCodeMismatch" | "Target.Timeout" | "Target.FailedHealthChecks";
  readonly description: string;
}

const CODES: Readonly<Record<CheckFailure["kind"], HealthReason["code"]>> = {
  status: "Target.ResponseCodeMismatch",
  timeout: "Target.Timeout",
  "no-response": "Target.FailedHealthChecks",
};

/**
 * The reason for the last failed check. AWS, TargetHealth: `Target.ResponseCodeMismatch` and `Target.Timeout` apply "only to
 * Application Load Balancers and Gateway Load Balancers", so a target of the network load balancer always gets
 * `Target.FailedHealthChecks`. The description names the finding for both.
 */
export function healthReason(kind: Listener["kind"], failure: CheckFailure): HealthReason {
  return {
    code: kind === "alb" ? CODES[failure.kind] : "Target.FailedHealthChecks",
    description: describe(failure),
  };
}

function describe(failure: CheckFailure): string {
  switch (failure.kind) {
    case "status":
      return `Health checks failed with these codes: [${failure.status}]`;
    case "timeout":
      return "Request timed out";
    case "no-response":
      return "Health checks failed";
    default:
      return failure satisfies never;
  }
}
