import { expect, test } from "vitest";
import { isChannelError } from "../errors.ts";
import { ServiceConfig } from "./grpc-js-service-config.ts";

const parse = (config: object): ServiceConfig => ServiceConfig.parse(JSON.stringify(config));

test("the rule of a method comes before that of its service, and that before the rule of all", () => {
  const config = parse({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      { name: [{ service: "a.B", method: "C" }], timeout: "0.25s" },
      { name: [{ service: "a.B" }, { service: "a.D" }], timeout: "2s", waitForReady: true },
      { name: [{}], timeout: "10s", retryPolicy: { maxAttempts: 3 } },
    ],
  });
  expect(config.ruleOf("/a.B/C")).toEqual({ timeoutMs: 250, waitForReady: undefined });
  expect(config.ruleOf("/a.B/Other")).toEqual({ timeoutMs: 2_000, waitForReady: true });
  expect(config.ruleOf("/a.D/C")).toEqual({ timeoutMs: 2_000, waitForReady: true });
  expect(config.ruleOf("/x.Y/Z")).toEqual({ timeoutMs: 10_000, waitForReady: undefined });
});

test("without a rule there is no limit", () => {
  const none = { timeoutMs: Infinity, waitForReady: undefined };
  expect(ServiceConfig.none.ruleOf("/a.B/C")).toEqual(none);
  expect(parse({}).ruleOf("/a.B/C")).toEqual(none);
  expect(parse({ methodConfig: [{ name: [{ service: "a.B" }] }] }).ruleOf("/a.X/C")).toEqual(none);
});

test.each([
  ["{", "JSON"],
  ["7", "an object"],
  ['{"methodConfig": {}}', "methodConfig to be a list"],
  ['{"methodConfig": [{"name": {}}]}', "name to be a list"],
  ['{"methodConfig": [{"name": [{"method": "C"}]}]}', "a service for each method"],
  ['{"methodConfig": [{"name": [{"service": 7}]}]}', "names of service and method as texts"],
  ['{"methodConfig": [{"name": [{}], "timeout": 5}]}', 'a timeout like "1.5s"'],
  ['{"methodConfig": [{"name": [{}], "timeout": "5"}]}', 'a timeout like "1.5s"'],
  ['{"methodConfig": [{"name": [{}], "waitForReady": 1}]}', "waitForReady to be true or false"],
  ['{"methodConfig": [{"name": [{}, {}]}]}', "each name once"],
])("%s is refused", (text, expected) => {
  let refused: unknown;
  try {
    ServiceConfig.parse(text);
  } catch (error) {
    refused = error;
  }
  expect(isChannelError(refused) && refused.rawMessage).toContain(expected);
});
