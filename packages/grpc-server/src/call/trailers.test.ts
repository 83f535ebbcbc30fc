import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema, StatusSchema } from "@agent-team/contracts";
import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Field } from "../wire.ts";
import { toFailure } from "./failure.ts";
import { MAX_HEADER_BLOCK_BYTES, type Packed, packFailure, packHeaders, type StatusFields } from "./trailers.ts";

const pack = (error: ConnectError, trailer?: Headers): Packed<StatusFields> =>
  packFailure(
    toFailure(error, () => "id"),
    trailer,
  );

/** The size as RFC 9113 6.5.2 counts it. */
function sizeOf(fields: readonly Field[]): number {
  return fields.reduce((sum, [key, value]) => sum + key.length + value.length + 32, 0);
}

function get({ fields }: StatusFields, name: string): string[] {
  return fields.filter(([key]) => key === name).map(([, value]) => value);
}

const messageOf = (status: StatusFields): string => decodeURIComponent(get(status, "grpc-message")[0] ?? "");

function detailsOf(status: StatusFields): ReturnType<typeof fromBinary<typeof StatusSchema>> {
  return fromBinary(StatusSchema, Buffer.from(get(status, "grpc-status-details-bin")[0] ?? "", "base64"));
}

interface Violations {
  readonly desc: typeof BadRequestSchema;
  readonly value: MessageInitShape<typeof BadRequestSchema>;
}

function badRequest(count: number, description = "is not a setting"): Violations {
  const fieldViolations = Array.from({ length: count }, (_, at) => ({
    field: `nodes[${at}]`,
    description,
    reason: "X",
  }));
  return { desc: BadRequestSchema, value: { fieldViolations } };
}

const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "WORKFLOW_INVALID" } };

test("a failure that fits is sent whole", () => {
  const error = new ConnectError("näme is empty", Code.InvalidArgument, { "x-hint": "a name" }, [info, badRequest(3)]);
  const { value, omitted } = pack(error, new Headers({ "x-after": "late" }));

  expect([value.code, get(value, "grpc-status"), messageOf(value)]).toEqual([3, ["3"], "näme is empty"]);
  expect(get(value, "x-hint")).toEqual(["a name"]);
  expect(get(value, "x-after")).toEqual(["late"]);
  expect(detailsOf(value)).toMatchObject({ code: 3, message: "näme is empty" });
  expect(detailsOf(value).details).toHaveLength(2);
  expect(omitted).toEqual([]);
});

test.for([550, 100_000])(
  "of %i violations the first are sent, then the number of the others, and the reason",
  (count) => {
    const { value } = pack(new ConnectError("invalid", Code.InvalidArgument, undefined, [badRequest(count), info]));
    const [list, reason] = detailsOf(value).details;
    const violations = (list && anyUnpack(list, BadRequestSchema)?.fieldViolations) ?? [];
    const kept = violations.length - 1;

    expect(sizeOf(value.fields)).toBeLessThanOrEqual(MAX_HEADER_BLOCK_BYTES);
    expect(kept).toBeGreaterThan(80);
    expect(violations.slice(0, kept).map(({ field }) => field)).toEqual(
      Array.from({ length: kept }, (_, at) => `nodes[${at}]`),
    );
    expect(violations.at(-1)).toMatchObject({ field: "", description: `and ${count - kept} more` });
    expect(reason && anyUnpack(reason, ErrorInfoSchema)).toMatchObject({ reason: "WORKFLOW_INVALID" });
  },
);

test("a violation as long as a stack trace is cut, and the others still fit", () => {
  const error = new ConnectError("invalid", Code.InvalidArgument, undefined, [badRequest(10, "x".repeat(30_000))]);
  const [list] = detailsOf(pack(error).value).details;
  const violations = (list && anyUnpack(list, BadRequestSchema)?.fieldViolations) ?? [];

  expect(violations.map(({ description }) => description)).toEqual(Array(10).fill(`${"x".repeat(400)}…`));
});

test.for([
  ["letters", "a"],
  ["accented letters", "é"],
  ["pairs of surrogates", "😀"],
  ["halves of pairs", "\ud800"],
] as const)("a message of a million %s is cut between characters", ([, character]) => {
  const { value } = pack(new ConnectError(character.repeat(1_000_000), Code.InvalidArgument));
  const [encoded = ""] = get(value, "grpc-message");

  expect(encoded.length).toBeGreaterThan(4_096 - 24);
  expect(encoded.length).toBeLessThanOrEqual(4_096);
  expect(messageOf(value)).toMatch(/^(a+|é+|(😀)+|\ufffd+)…$/u);
});

test("a detail that is not a list and does not fit is listed as omitted", () => {
  const big = { desc: ErrorInfoSchema, value: { reason: "x".repeat(10_000) } };
  const retry = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 3n } } };
  const { value, omitted } = pack(new ConnectError("x", Code.Unavailable, undefined, [big, retry]));

  expect(detailsOf(value).details.map(({ typeUrl }) => typeUrl)).toEqual(["type.googleapis.com/google.rpc.RetryInfo"]);
  expect(omitted).toEqual(["grpc-status-details-bin"]);
});

test("headers and the trailers of a call that ended well have the same bound", () => {
  const headers = new Headers(Array.from({ length: 500 }, (_, at) => [`x-${at}`, "x".repeat(50)]));
  const { value, omitted } = packHeaders(headers);

  expect(sizeOf(value)).toBeLessThanOrEqual(MAX_HEADER_BLOCK_BYTES);
  expect(value.length + omitted.length).toBe(500);
});

test("no failure passes the bound", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 50 }),
    fc.nat(20_000).map((length) => "é".repeat(length)),
  );
  const detail = fc.oneof(
    fc.nat(2_000).map((count) => badRequest(count)),
    text.map((reason) => ({ desc: ErrorInfoSchema, value: { reason: reason.toWellFormed() } })),
    fc.uint8Array({ maxLength: 9_000 }).map((value) => ({ type: "google.rpc.BadRequest", value })),
  );
  const headers = fc.dictionary(
    fc.stringMatching(/^x-[a-z]{1,8}$/),
    fc.nat(9_000).map((length) => "x".repeat(length)),
  );
  fc.assert(
    fc.property(text, fc.array(detail, { maxLength: 4 }), headers, headers, (message, details, metadata, trailer) => {
      const error = new ConnectError(message, Code.InvalidArgument, metadata);
      const { value } = pack(Object.assign(error, { details }), new Headers(trailer));
      expect(sizeOf(value.fields)).toBeLessThanOrEqual(MAX_HEADER_BLOCK_BYTES);
      for (const [, each] of value.fields) expect(each).toMatch(/^[ -~]*$/);
    }),
    { numRuns: 50 },
  );
});
