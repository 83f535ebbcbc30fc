import { expect, test } from "vitest";
import { ErrorCode } from "./constants.ts";
import { errorName, Http2Error } from "./http2-error.ts";

test("codes have the RFC's names, unknown ones are numbers", () => {
  expect(Object.values(ErrorCode).map(errorName)).toContain("ENHANCE_YOUR_CALM");
  expect([errorName(0), errorName(0xd), errorName(0xe)]).toEqual(["NO_ERROR", "HTTP_1_1_REQUIRED", "0xe"]);
  expect(new Http2Error(ErrorCode.frameSizeError, "PING of 7 bytes").message).toBe("FRAME_SIZE_ERROR: PING of 7 bytes");
});
