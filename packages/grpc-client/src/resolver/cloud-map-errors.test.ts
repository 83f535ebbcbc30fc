import { expect, test } from "vitest";
import { explain } from "./cloud-map-errors.ts";

function failure(message: string, properties: object = {}): Error {
  return Object.assign(new Error(message), properties);
}

// What a service in trouble brings about is in cloud-map.test.ts, through the SDK itself. Here is what loopback cannot do.
test.each<[string, unknown, string]>([
  [
    "a host that only exists without its prefix",
    failure("getaddrinfo ENOTFOUND data-127.0.0.1", { code: "ENOTFOUND" }),
    "getaddrinfo ENOTFOUND data-127.0.0.1: where hosts have no data- before them, set AWS_DISABLE_HOST_PREFIX_INJECTION=true",
  ],
  [
    "a host that does not exist",
    failure("getaddrinfo ENOTFOUND aws.local", { code: "ENOTFOUND" }),
    "getaddrinfo ENOTFOUND aws.local",
  ],
  [
    "the package that is not installed",
    failure("Cannot find package '@aws-sdk/client-servicediscovery' imported from /srv/a.js", {
      code: "ERR_MODULE_NOT_FOUND",
    }),
    "needs a package that is not here: npm install @aws-sdk/client-servicediscovery",
  ],
  [
    "a host of which no address answers",
    Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
    "ECONNREFUSED",
  ],
  ["something that is no error", { toString: () => "a\n  b" }, "a b"],
])("%s is explained in one line", (_, error, line) => {
  expect(explain(error)).toBe(line);
});

test("whatever the service says, the line stays one line of bounded length", () => {
  const refusal = failure(`a\n${"b".repeat(10_000)}`, { name: "InvalidInput", $metadata: { httpStatusCode: 400 } });
  const line = explain(refusal);
  expect(line).toMatch(/^InvalidInput: a b+…$/);
  expect(line.length).toBeLessThan(250);
});
