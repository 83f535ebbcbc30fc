import { expect, test } from "vitest";
import type { CheckFailure } from "../http-check.ts";
import { healthReason } from "./health-reason.ts";

test.each<[CheckFailure, string, string]>([
  [{ kind: "status", status: 503 }, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"],
  [{ kind: "timeout", timeoutMs: 2_000 }, "Target.Timeout", "Request timed out"],
  [{ kind: "no-response", code: "ECONNREFUSED" }, "Target.FailedHealthChecks", "Health checks failed"],
])(
  "the failed check %j has its own reason code on the ALB, and its description on both balancers",
  (failure, code, description) => {
    expect(healthReason("alb", failure)).toEqual({ code, description });
    expect(healthReason("nlb", failure)).toEqual({ code: "Target.FailedHealthChecks", description });
  },
);
