import { expect, test } from "vitest";
import { describeNode } from "./describe-node.ts";

const about = (subtype: string, configuration: Record<string, unknown>): string =>
  describeNode({ id: "n", subtype, configuration });

test.for([
  ["CRON", { expression: "0 9 * * 1-5", timezone: "Europe/Berlin" }, "weekdays at 09:00 · Europe/Berlin"],
  ["CRON", { expression: "5 18 * * *" }, "daily at 18:05 · UTC"],
  ["CRON", { expression: "30 9,17 * * *" }, "daily at 09:30, 17:30 · UTC"],
  ["FOR_EACH", { items: "{% input.body %}" }, "one entry after the other"],
  ["CRON", { expression: "0 8 * * 1" }, "Mondays at 08:00 · UTC"],
  ["CRON", { expression: "*/5 * * * *" }, "*/5 * * * * · UTC"],
  ["HTTP_REQUEST", { method: "GET", url: "https://example.com/orders" }, "GET example.com/orders"],
  ["IF", { condition: "{% input.total > 1000 %}" }, "input.total > 1000"],
  ["IF", { condition: "{% ($a := 1; $a) %}" }, "by an expression"],
  ["DELAY", { duration_seconds: 600 }, "10 minutes"],
  ["DELAY", { duration_seconds: 86_400 }, "1 day"],
  ["DELAY", {}, ""],
  ["SOMETHING_NEW", { any: 1 }, "SOMETHING_NEW"],
] as const)("%s %j is %j", ([subtype, configuration, expected]) => {
  expect(about(subtype, configuration)).toBe(expected);
});

test("a request that is repeated says how often", () => {
  const node = { id: "n", subtype: "HTTP_REQUEST", configuration: { method: "GET", url: "https://x.test/a" } };
  expect(describeNode({ ...node, retry_policy: { max_attempts: 4 } })).toBe("GET x.test/a · 3 retries");
  expect(describeNode({ ...node, retry_policy: { max_attempts: 2 } })).toBe("GET x.test/a · 1 retry");
});
