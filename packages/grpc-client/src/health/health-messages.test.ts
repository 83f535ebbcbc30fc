import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeHealthRequest, servingStatusOf } from "./health-messages.ts";

test.each([
  ["", []],
  ["a.B", [0x0a, 3, 0x61, 0x2e, 0x42]],
  ["ü", [0x0a, 2, 0xc3, 0xbc]],
])("the request for %j", (service, bytes) => {
  expect([...encodeHealthRequest(service)]).toEqual(bytes);
});

test("the length of a long service is a varint of two bytes", () => {
  expect([...encodeHealthRequest("s".repeat(300))].slice(0, 4)).toEqual([0x0a, 0xac, 0x02, 0x73]);
});

test.each([
  ["nothing, which is the default", [], "UNKNOWN"],
  ["a status", [0x08, 1], "SERVING"],
  ["a status of a later version", [0x08, 0xac, 0x02], "status 300"],
  ["a status in more bytes than needed", [0x08, 0x82, 0x80, 0x00], "NOT_SERVING"],
  ["two statuses, of which the last one counts", [0x08, 1, 0x08, 3], "SERVICE_UNKNOWN"],
  ["a varint before it", [0x10, 0xff, 0x01, 0x08, 1], "SERVING"],
  ["bytes before it, which look like a status", [0x12, 2, 0x08, 2, 0x08, 1], "SERVING"],
  ["fixed fields around it", [0x1d, 0, 0, 0, 0, 0x08, 1, 0x21, 0, 0, 0, 0, 0, 0, 0, 0], "SERVING"],
  ["field 1 of another type, which is not the status", [0x0a, 1, 1], "UNKNOWN"],
  ["a cut varint", [0x08, 0x80], undefined],
  ["a varint of eleven bytes", [0x08, ...Array(10).fill(0x80), 1], undefined],
  ["cut bytes", [0x12, 5, 1], undefined],
  ["a length of four gigabytes", [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], undefined],
  ["a group, which no message of Protocol Buffers 3 has", [0x0b], undefined],
])("the status in %s", (_, bytes, status) => {
  expect(servingStatusOf(Uint8Array.from(bytes))).toBe(status);
});

test("any bytes have a status or none, and reading them ends", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(["string", "undefined"]).toContain(typeof servingStatusOf(bytes));
    }),
  );
});
