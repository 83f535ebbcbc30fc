import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { foreignRequest } from "./http-guard.ts";

function refusal(headers: IncomingMessage["headers"]): string | undefined {
  return foreignRequest({ headers } as IncomingMessage);
}

test.each([
  "127.0.0.1",
  "127.0.0.1:4566",
  "127.10.0.3:51679",
  "localhost:4566",
  "LocalHost",
  "aws.localhost:4566",
  "[::1]:4566",
  "data-localhost:4566",
])("the host %s is accepted", (host) => {
  expect(refusal({ host })).toBeUndefined();
  expect(refusal({ host, origin: `http://${host}` })).toBeUndefined();
});

test.each([
  undefined,
  "",
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example:4566",
  "notlocalhost",
  "127.0.0.1@evil.example",
  "127.0.0",
  "10.0.0.1:4566",
  "[::2]",
])("the host %s is refused", (host) => {
  expect(refusal(host === undefined ? {} : { host })).toBe(
    `Host ${host === undefined ? "is missing" : JSON.stringify(host)}: expected localhost, a loopback address or a name of ALLOWED_HOSTS`,
  );
});

test.each(["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "http://localhost/x", ""])(
  "the origin %j is refused",
  (origin) => {
    expect(refusal({ host: "127.0.0.1:4566", origin })).toBe(
      `Origin ${JSON.stringify(origin)}: expected none, or one on loopback or of ALLOWED_HOSTS`,
    );
  },
);

test("an allowed name is accepted with any port, and other names are refused", () => {
  const ask = (host: string): string | undefined =>
    foreignRequest({ headers: { host } } as IncomingMessage, ["dev.box"]);
  expect(ask("Dev.Box:4566")).toBeUndefined();
  expect(ask("data-dev.box")).toBeUndefined();
  expect(ask("not-dev.box")).toContain('Host "not-dev.box": expected');
});

test("a long header is cut in the reason", () => {
  expect(refusal({ host: "x".repeat(10_000) })?.length).toBeLessThan(200);
});
