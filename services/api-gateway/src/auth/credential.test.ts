import { describe, expect, test } from "vitest";
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

const jwt = { authorization: "Bearer eyJ.e30.x" };
const key = { authorization: "Bearer atk_abc" };
const header = { "x-api-key": "atk_abc" };

const aJwt = { kind: "jwt", value: "eyJ.e30.x" };
const aKey = { kind: "api_key", value: "atk_abc" };

describe("who shows what in which mode", () => {
  test.for([
    ["jwt", jwt, aJwt],
    ["jwt", key, "CREDENTIAL_NOT_ACCEPTED"],
    ["jwt", header, "CREDENTIAL_MISSING"],
    ["jwt", { ...jwt, ...header }, aJwt],
    ["api_key", jwt, "CREDENTIAL_NOT_ACCEPTED"],
    ["api_key", key, aKey],
    ["api_key", header, aKey],
    ["api_key", { ...jwt, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", jwt, aJwt],
    ["jwt,api_key", key, aKey],
    ["jwt,api_key", header, aKey],
    ["jwt,api_key", { ...jwt, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", { ...key, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", {}, "CREDENTIAL_MISSING"],
    ["jwt", { authorization: "BEARER  eyJ.e30.x " }, aJwt],
    ["jwt", { authorization: "Basic YTpi" }, "CREDENTIAL_MALFORMED"],
    ["jwt", { cookie: "token=eyJ.e30.x", apikey: "eyJ.e30.x" }, "CREDENTIAL_MISSING"],
  ] as const)("%s: %j", ([mode, headers, expected]) => {
    expect(read(headers, mode)).toEqual(expected);
  });
});
