import { expect, test } from "vitest";
import { toProblem } from "./problem.ts";

test.for([
  ["a limit of requests", 429, "7", true],
  ["a quota, or a store without room", 429, undefined, false],
  ["a gateway that stops", 503, "1", true],
  ["a balancer without a gateway", 502, undefined, true],
  ["a wrong request", 400, undefined, false],
] as const)("%s (%d, Retry-After %s) passes: %s", async ([, status, seconds, isPassing]) => {
  const headers = seconds === undefined ? {} : { "retry-after": seconds };

  expect(await toProblem(new Response("{}", { status, headers }))).toMatchObject({ status, isPassing });
});
