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

const A_JWT = { kind: "jwt", value: "eyJ.e30.x" };
const A_KEY = { kind: "api_key", value: "atk_abc" };

describe("in mode", () => {
  test.for([
    ["jwt", jwt, A_JWT],
    ["jwt", key, "CREDENTIAL_NOT_ACCEPTED"],
    ["jwt", header, "CREDENTIAL_MISSING"],
    ["jwt", { ...jwt, ...header }, A_JWT],
    ["api_key", jwt, "CREDENTIAL_NOT_ACCEPTED"],
    ["api_key", key, A_KEY],
    ["api_key", header, A_KEY],
    ["api_key", { ...jwt, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", jwt, A_JWT],
    ["jwt,api_key", key, A_KEY],
    ["jwt,api_key", header, A_KEY],
    ["jwt,api_key", { ...jwt, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", { ...key, ...header }, "CREDENTIAL_MALFORMED"],
    ["jwt,api_key", {}, "CREDENTIAL_MISSING"],
    ["jwt", { authorization: "BEARER  eyJ.e30.x " }, A_JWT],
    ["jwt", { authorization: "Basic YTpi" }, "CREDENTIAL_MALFORMED"],
    ["jwt", { cookie: "token=eyJ.e30.x", apikey: "eyJ.e30.x" }, "CREDENTIAL_MISSING"],
  ] as const)("%s: %j", ([mode, headers, expected]) => {
    expect(read(headers, mode)).toEqual(expected);
  });
});
