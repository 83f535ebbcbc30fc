import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStatusMessage } from "./status-message.ts";

/** As node:http2 hands a header over: each byte a char. */
const onTheWire = (text: string): string => Buffer.from(text).toString("latin1");

describe("a grpc-message", () => {
  test("is percent-encoded UTF-8", () => {
    expect(decodeStatusMessage("no%20such%20k%C3%BChe: 100%25")).toBe("no such kühe: 100%");
  });

  test.each(["100% of it", "%zz", "%", "%4", "%ff%fe", "caf\xe9"])(
    "%j is not well-formed and is kept as it is",
    (message) => {
      expect(decodeStatusMessage(message)).toBe(message);
    },
  );

  test("is decoded where it is well-formed; broken escapes are kept", () => {
    expect(decodeStatusMessage("50%25 of %zz %C3%A9")).toBe("50% of %zz é");
  });

  test("may be UTF-8 without any encoding, or half of it encoded", () => {
    expect(decodeStatusMessage(onTheWire("café 文 🎉"))).toBe("café 文 🎉");
    expect(decodeStatusMessage(`${onTheWire("文")}%20${onTheWire("café")}`)).toBe("文 café");
  });

  test("of any text comes back as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeStatusMessage(encodeURIComponent(text))).toBe(text);
      }),
    );
  });
});
