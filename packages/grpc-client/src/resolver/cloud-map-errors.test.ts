import { expect, test } from "vitest";
import { explain } from "./cloud-map-errors.ts";

function failure(message: string, properties: object = {}): Error {
  return Object.assign(new Error(message), properties);
}

// Errors that cannot happen on loopback. cloud-map.test.ts has the others, by the SDK itself.
test.each<[string, unknown, string]>([
  [
    "a host that exists only without its prefix",
    failure("getaddrinfo ENOTFOUND data-127.0.0.1", { code: "ENOTFOUND" }),
    "getaddrinfo ENOTFOUND data-127.0.0.1: if the endpoint's host has no data- prefix, set AWS_DISABLE_HOST_PREFIX_INJECTION=true",
  ],
  [
    "a host that does not exist",
    failure("getaddrinfo ENOTFOUND aws.local", { code: "ENOTFOUND" }),
    "getaddrinfo ENOTFOUND aws.local",
  ],
  [
    "a package that is not installed",
    failure("Cannot find package '@aws-sdk/client-servicediscovery' imported from /srv/a.js", {
      code: "ERR_MODULE_NOT_FOUND",
    }),
    "the optional package is not installed: npm install @aws-sdk/client-servicediscovery",
  ],
  [
    "a host with no address that accepts connections",
    Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
    "ECONNREFUSED",
  ],
  ["a thrown value that is no Error", { toString: () => "a\n  b" }, "a b"],
])("%s is explained in one line", (_, error, line) => {
  expect(explain(error)).toBe(line);
});

test("a long message with line breaks becomes one line of bounded length", () => {
  const refusal = failure(`a\n${"b".repeat(10_000)}`, { name: "InvalidInput", $metadata: { httpStatusCode: 400 } });
  const line = explain(refusal);
  expect(line).toMatch(/^InvalidInput: a b+…$/);
  expect(line.length).toBeLessThan(250);
});
