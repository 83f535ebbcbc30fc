import { expect, test } from "vitest";
import { RequestError } from "../request-error.ts";
import type { AuthMode } from "./auth-mode.ts";
import { readCredential } from "./credential.ts";

function read(headers: Readonly<Record<string, string>>, mode: Exclude<AuthMode, "none">): unknown {
  try {
    return readCredential(new Headers(headers), mode);
  } catch (error) {
    return error instanceof RequestError ? error.reason : error;
  }
}

const JWT = { authorization: "Bearer eyJ.e30.x" };
const KEY = { authorization: "Bearer atk_abc" };
const HEADER = { "x-api-key": "atk_abc" };

const A_JWT = { kind: "jwt", value: "eyJ.e30.x" };
const A_KEY = { kind: "api_key", value: "atk_abc" };

test.for([
  ["jwt", JWT, A_JWT],
  ["jwt", KEY, "CREDENTIAL_NOT_ACCEPTED"],
  ["jwt", HEADER, "CREDENTIAL_MISSING"],
  ["jwt", { ...JWT, ...HEADER }, A_JWT],
  ["api_key", JWT, "CREDENTIAL_NOT_ACCEPTED"],
  ["api_key", KEY, A_KEY],
  ["api_key", HEADER, A_KEY],
  ["api_key", { ...JWT, ...HEADER }, "CREDENTIAL_MALFORMED"],
  ["jwt,api_key", JWT, A_JWT],
  ["jwt,api_key", KEY, A_KEY],
  ["jwt,api_key", HEADER, A_KEY],
  ["jwt,api_key", { ...JWT, ...HEADER }, "CREDENTIAL_MALFORMED"],
  ["jwt,api_key", { ...KEY, ...HEADER }, "CREDENTIAL_MALFORMED"],
  ["jwt,api_key", {}, "CREDENTIAL_MISSING"],
  ["jwt", { authorization: "BEARER  eyJ.e30.x " }, A_JWT],
  ["jwt", { authorization: "Basic YTpi" }, "CREDENTIAL_MALFORMED"],
  ["jwt", { cookie: "token=eyJ.e30.x", apikey: "eyJ.e30.x" }, "CREDENTIAL_MISSING"],
] as const)("AUTH_MODE=%s, %j", ([mode, headers, expected]) => {
  expect(read(headers, mode)).toEqual(expected);
});
