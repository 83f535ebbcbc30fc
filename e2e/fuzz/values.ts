/** Values of a JSON Schema, and now and then values that it does not admit. */

import fc from "fast-check";
import { componentOf, type Document, type Schema } from "./document.ts";
import { wordFor } from "./words.ts";

/** References are followed so deep. A message may have fields of its own type. */
const MAX_DEPTH = 6;

const HOSTILE_TEXT = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "\0", "\ud800", "__proto__", "../../etc", "' OR 1=1 --", "{{secret:KEY}}", "a".repeat(9_000)),
);

/** What no schema asks for. */
export const HOSTILE: fc.Arbitrary<unknown> = fc.oneof(
  HOSTILE_TEXT,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(-1, 1e308, 2 ** 53, null, [], {}, [[[[[[]]]]]]),
);

/** One of this many values is hostile, at each place. */
const HOSTILE_EVERY = 40;

export class Values {
  readonly #schemas: Readonly<Record<string, Schema>>;

  constructor(document: Document) {
    this.#schemas = document.components.schemas;
  }

  /** `name`: of the parameter or the property that has the value. */
  of(schema: Schema, name = "", depth = 0): fc.Arbitrary<unknown> {
    const word = wordFor(name);
    const plain = depth > MAX_DEPTH ? fc.constant(null) : this.#plain(schema, depth);
    const usual =
      word === undefined ? plain : fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: plain });
    return fc.oneof({ weight: HOSTILE_EVERY - 1, arbitrary: usual }, { weight: 1, arbitrary: HOSTILE });
  }

  #plain(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const { $ref, anyOf, enum: values, type } = schema;
    if (typeof $ref === "string") return this.of(this.#schemas[componentOf($ref)] ?? {}, "", depth + 1);
    if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((each: Schema) => this.of(each, "", depth + 1)));
    if (Array.isArray(values)) return fc.constantFrom(...(values as readonly unknown[]));
    if (type === "object") return this.#object(schema, depth);
    if (type === "array") return fc.array(this.of((schema["items"] ?? {}) as Schema, "", depth + 1), { maxLength: 4 });
    return scalar(schema);
  }

  /** Each property may be absent, a required one too. */
  #object({ properties = {}, description }: Schema, depth: number): fc.Arbitrary<unknown> {
    if (String(description).startsWith("OpenAI's")) return CHAT;
    const entries = Object.entries(properties as Readonly<Record<string, Schema>>);
    const arbitraries = Object.fromEntries(entries.map(([name, schema]) => [name, this.of(schema, name, depth + 1)]));
    const record = fc.record(arbitraries, { requiredKeys: [] });
    const strange = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 1 });
    return fc.oneof(
      { weight: 15, arbitrary: fc.record(arbitraries) },
      { weight: 15, arbitrary: record },
      { weight: 1, arbitrary: fc.tuple(record, strange).map(([known, more]) => ({ ...known, ...more })) },
    );
  }
}

function scalar({ type, pattern, format, maximum, minimum }: Schema): fc.Arbitrary<unknown> {
  if (type === "boolean") return fc.boolean();
  if (type === "number") return fc.double();
  if (type === "integer")
    return fc.oneof(fc.integer({ min: Number(minimum ?? -5), max: Number(maximum ?? 300) }), fc.integer());
  if (type !== "string") return fc.jsonValue({ maxDepth: 3 });
  if (format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  return typeof pattern === "string" ? fc.stringMatching(new RegExp(pattern)) : fc.string({ maxLength: 20 });
}

const seldomHostile = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: HOSTILE });

const CHAT_MESSAGE = fc.record({ role: wordFor("role") ?? HOSTILE, content: wordFor("content") ?? HOSTILE });

/** The document names OpenAI's types and does not repeat them. */
const CHAT = fc.record(
  {
    model: wordFor("model") ?? HOSTILE,
    messages: seldomHostile(fc.array(CHAT_MESSAGE, { minLength: 1, maxLength: 3 })),
    stream: seldomHostile(fc.boolean()),
    stream_options: seldomHostile(fc.constant({ include_usage: true })),
    n: fc.constantFrom(1, 1, 1, 2, "1"),
    tools: seldomHostile(fc.constant([])),
  },
  { requiredKeys: ["model", "messages"] },
);
