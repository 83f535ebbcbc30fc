import {
  GetWorkflowResponseSchema,
  reflection,
  WatchRunResponseSchema,
  WorkflowAgentService,
  WorkflowEngineService,
  WorkflowSchema,
} from "@agent-team/contracts";
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  StringValueSchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "./message-encoder.ts";

type Init = Record<string, unknown>;

const encodeLikeProtobufEs = (desc: DescMessage, init: Init): Uint8Array => toBinary(desc, create(desc, init));

/** Messages that are left to protobuf-es have buffers of its kind. */
const isOurs = (bytes: Uint8Array): boolean => Buffer.isBuffer(bytes);

describe("a message with fields of every kind", () => {
  const every = describeEvery();
  const int32 = fc.integer();
  const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const text = fc.string({ unit: "binary", maxLength: 200, size: "max" });
  /** Halves of surrogate pairs, which are no characters. */
  const brokenText = fc.string({ unit: fc.constantFrom("a", "é", "\ud83d", "\ude00"), maxLength: 60, size: "max" });
  const values: Readonly<Partial<Record<ScalarType, fc.Arbitrary<unknown>>>> = {
    [ScalarType.DOUBLE]: fc.double(),
    [ScalarType.FLOAT]: fc.float(),
    [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    [ScalarType.UINT64]: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    [ScalarType.INT32]: int32,
    [ScalarType.BOOL]: fc.boolean(),
    [ScalarType.STRING]: fc.oneof(text, brokenText),
    [ScalarType.BYTES]: fc.uint8Array({ maxLength: 300, size: "max" }),
    [ScalarType.UINT32]: uint32,
  };
  const kinds = Object.entries(values);
  const fields = Object.fromEntries(
    kinds.flatMap(([kind, value]) => [
      [`one${kind}`, value],
      [`optional${kind}`, value],
      [`list${kind}`, fc.array(value, { maxLength: 5 })],
      [`map${kind}`, fc.dictionary(fc.string(), value, { maxKeys: 3, noNullPrototype: true })],
    ]),
  );
  const chosen = fc.oneof(
    fc.constant({ case: undefined }),
    ...kinds.map(([kind, value]) => fc.record({ case: fc.constant(`choice${kind}`), value })),
  );
  const leaf: fc.Arbitrary<Init> = fc.record({ ...fields, choice: chosen }, { requiredKeys: [] });
  const withChildren = (child: fc.Arbitrary<Init>): fc.Arbitrary<Init> =>
    fc.record(
      {
        choice: chosen,
        child,
        children: fc.array(child, { maxLength: 2 }),
        named: fc.dictionary(fc.string(), child, { maxKeys: 1, noNullPrototype: true }),
        mode: fc.constantFrom(0, 1, 7),
        modes: fc.array(fc.constantFrom(0, 1, -7)),
      },
      { requiredKeys: [] },
    );
  const message = fc.oneof(leaf, withChildren(leaf), withChildren(withChildren(leaf)));

  test("is encoded as protobuf-es does, from plain fields and from a message", () => {
    fc.assert(
      fc.property(message, (init) => {
        const expected = encodeLikeProtobufEs(every, init);
        const fromFields = encodeMessage(every, init);
        const fromMessage = encodeMessage(every, create(every, init));
        expect(isOurs(fromFields) && isOurs(fromMessage)).toBe(true);
        expect(Buffer.compare(fromFields, expected)).toBe(0);
        expect(Buffer.compare(fromMessage, expected)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each<[string, Init]>([
    ["a number that is text", { one5: "7" }],
    ["text that is a number", { one9: 7 }],
    ["bytes that are an array of numbers", { one12: [1, 2] }],
    ["64 bits that are a number", { one3: 7 }],
    ["null", { optional5: null, child: null, list5: null }],
    ["fields of a type that few schemas have", { rare: 7, rares: [1], byNumber: { 1: "a" } }],
    ["a wrapper without its wrapper", { wrapped: "a" }],
  ])("%s is left to protobuf-es", (_, init) => {
    const bytes = encodeMessage(every, init);
    expect(isOurs(bytes)).toBe(false);
    expect(bytes).toEqual(encodeLikeProtobufEs(every, init));
  });

  test.each<[string, Init]>([
    ["a fraction", { one5: 0.5 }],
    ["more than 32 bits", { one13: 2 ** 32 }],
    ["more than a float holds", { one2: 1e39 }],
    ["a hole in a list", { list9: new Array<string>(2) }],
    ["a set choice without a value", { choice: { case: "choice8" } }],
  ])("%s has the outcome that it has in protobuf-es", (_, init) => {
    const outcome = (encode: (desc: DescMessage, init: Init) => Uint8Array): unknown => {
      try {
        return Buffer.from(encode(every, init)).toString("hex");
      } catch (error) {
        return String(error);
      }
    };
    expect(outcome((desc, each) => encodeMessage(desc, each as MessageInitShape<DescMessage>))).toBe(
      outcome(encodeLikeProtobufEs),
    );
  });
});

test("what a message holds that its schema does not know is sent on", () => {
  const bytes = Buffer.concat([encodeMessage(TimestampSchema, { seconds: 7n, nanos: 5 }), Uint8Array.of(0x7a, 1, 65)]);
  expect(Buffer.compare(encodeMessage(TimestampSchema, fromBinary(TimestampSchema, bytes)), bytes)).toBe(0);
});

test("a message of another type in a message is refused as protobuf-es does", () => {
  const workflow = create(StringValueSchema, { value: "a" }) as never;
  const response = create(GetWorkflowResponseSchema);
  response.workflow = workflow;
  expect(() => encodeMessage(GetWorkflowResponseSchema, response)).toThrow(/cannot use/);
});

test("the messages of our contracts are ours but for those with a Struct", () => {
  const spec = { nodes: [{ id: "a", configuration: { url: "x" } }] };
  expect(isOurs(encodeMessage(WatchRunResponseSchema, { sequence: 3, fence: "f" }))).toBe(true);
  expect(isOurs(encodeMessage(WorkflowSchema, { id: "a", spec: { nodes: [{ id: "b" }] } }))).toBe(true);
  expect(isOurs(encodeMessage(WorkflowSchema, { spec }))).toBe(false);
  expect(encodeMessage(WorkflowSchema, { spec })).toEqual(encodeLikeProtobufEs(WorkflowSchema, { spec }));
  const services = [WorkflowEngineService, WorkflowAgentService, reflection.ServerReflection];
  for (const { input, output } of services.flatMap((service) => service.methods))
    for (const desc of [input, output]) expect(isOurs(encodeMessage(desc, create(desc)))).toBe(true);
});

test("earlier messages stay as they are, whatever is encoded behind them", () => {
  const sizes = [1, 90, 127, 128, 5_000, 8_192, 20_000, 2_000_000, 3];
  const inits = [...sizes, ...sizes].map((size, i) => ({ id: String(i).repeat(size) }));
  const encoded = inits.map((init) => encodeMessage(WorkflowSchema, init));
  for (const [i, init] of inits.entries())
    expect(Buffer.compare(encoded[i] as Uint8Array, encodeLikeProtobufEs(WorkflowSchema, init))).toBe(0);
});

test("a message whose property encodes another one, or throws, leaves the others whole", () => {
  const inner: Uint8Array[] = [];
  const outer = {
    id: "outer",
    get owner(): string {
      inner.push(encodeMessage(WorkflowSchema, { id: "inner" }));
      return "owner";
    },
  };
  const failing = {
    id: "failing",
    get owner(): string {
      throw new Error("no owner");
    },
  };
  expect(() => encodeMessage(WorkflowSchema, failing)).toThrow("no owner");
  const encoded = encodeMessage(WorkflowSchema, outer);
  expect(fromBinary(WorkflowSchema, encoded)).toMatchObject({ id: "outer", owner: "owner" });
  expect(inner.map((bytes) => fromBinary(WorkflowSchema, bytes).id)).toEqual(["inner"]);
});

test("a small message does not keep the buffer of a large one alive, and many of them share one", () => {
  encodeMessage(WorkflowSchema, { id: "l".repeat(1_000_000) });
  expect(encodeMessage(WorkflowSchema, { id: "s" }).buffer.byteLength).toBe(8_192);
  // Begun by us, and left to protobuf-es.
  encodeMessage(WorkflowSchema, { id: "l".repeat(1_000_000), spec: { nodes: [{ configuration: { a: 1 } }] } });
  const [one, other] = [encodeMessage(WorkflowSchema, { id: "s" }), encodeMessage(WorkflowSchema, { id: "t" })];
  expect(one.buffer.byteLength).toBe(8_192);
  expect(other.buffer).toBe(one.buffer);
});

/** The numbers of `ScalarType` are those of `FieldDescriptorProto.Type`. */
function describeEvery(): DescMessage {
  const { STRING, BYTES, MESSAGE, ENUM, SFIXED32, SINT64 } = FieldDescriptorProto_Type;
  const kinds = [1, 2, 3, 4, 5, 8, STRING, BYTES, 13];
  let number = 0;
  type FieldInit = Exclude<MessageInitShape<typeof FieldDescriptorProtoSchema>, { $typeName: string }>;
  const field = (name: string, type: number, more: FieldInit = {}): FieldInit => ({
    name,
    // From the second one on tags take two bytes.
    number: (number += 16),
    type,
    label: FieldDescriptorProto_Label.OPTIONAL,
    ...more,
  });
  const list = { label: FieldDescriptorProto_Label.REPEATED };
  const child = { typeName: ".test.Every" };
  const entries: { name: string; type: number; typeName?: string; key?: number }[] = [
    ...kinds.map((type) => ({ name: `map${type}`, type })),
    { name: "named", type: MESSAGE, ...child },
    { name: "byNumber", type: STRING, key: 5 },
  ];
  const entryName = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}Entry`;
  const file = create(FileDescriptorProtoSchema, {
    name: "every.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto"],
    enumType: [
      {
        name: "Mode",
        value: [
          { name: "NONE", number: 0 },
          { name: "SOME", number: 1 },
        ],
      },
    ],
    messageType: [
      {
        name: "Every",
        field: [
          ...kinds.flatMap((type, i) => [
            field(`choice${type}`, type, { oneofIndex: 0 }),
            field(`one${type}`, type),
            field(`optional${type}`, type, { proto3Optional: true, oneofIndex: i + 1 }),
            field(`list${type}`, type, list),
          ]),
          ...entries.map(({ name }) => field(name, MESSAGE, { ...list, typeName: `.test.Every.${entryName(name)}` })),
          field("child", MESSAGE, child),
          field("children", MESSAGE, { ...child, ...list }),
          field("mode", ENUM, { typeName: ".test.Mode" }),
          field("modes", ENUM, { typeName: ".test.Mode", ...list }),
          field("rare", SFIXED32),
          field("rares", SINT64, list),
          field("wrapped", MESSAGE, { typeName: ".google.protobuf.StringValue" }),
        ],
        oneofDecl: [{ name: "choice" }, ...kinds.map((type) => ({ name: `_optional${type}` }))],
        nestedType: entries.map(({ name, type, typeName, key = STRING }) => ({
          name: entryName(name),
          field: [
            { name: "key", number: 1, type: key, label: FieldDescriptorProto_Label.OPTIONAL },
            {
              name: "value",
              number: 2,
              type,
              label: FieldDescriptorProto_Label.OPTIONAL,
              ...(typeName !== undefined && { typeName }),
            },
          ],
          options: { mapEntry: true },
        })),
      },
    ],
  });
  const registry = createFileRegistry(file, (name) =>
    name === file.dependency[0] ? StringValueSchema.file : undefined,
  );
  const every = registry.getMessage("test.Every");
  if (every === undefined) throw new Error("no such message");
  return every;
}
