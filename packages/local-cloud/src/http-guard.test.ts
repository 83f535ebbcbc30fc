import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { foreignRequest } from "./http-guard.ts";

function refusal(headers: IncomingMessage["headers"]): string | undefined {
  return foreignRequest({ headers } as IncomingMessage);
}

it.each([
  "127.0.0.1",
  "127.0.0.1:4566",
  "127.10.0.3:51679",
  "localhost:4566",
  "LocalHost",
  "aws.localhost:4566",
  "[::1]:4566",
  "data-localhost:4566",
])("the host %s is this machine", (host) => {
  expect(refusal({ host })).toBeUndefined();
  expect(refusal({ host, origin: `http://${host}` })).toBeUndefined();
});

it.each([
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
])("the host %s is refused by its name", (host) => {
  expect(refusal(host === undefined ? {} : { host })).toBe(
    `Host: expected a loopback address or localhost, got ${host ?? "none"}`,
  );
});

it.each(["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "http://localhost/x", ""])(
  "the origin %j is refused by its name",
  (origin) => {
    expect(refusal({ host: "127.0.0.1:4566", origin })).toBe(
      `Origin: expected none, or one of a loopback address, got ${origin}`,
    );
  },
);
