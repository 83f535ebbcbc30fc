import { scatteredRandom } from "@agent-team/foundation/random";
import { create, type DescMessage, isMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { encodeMessage } from "../src/adapters/message-encoder.ts";
import { pick, randomMessages } from "./support/random-schemas.ts";
import { RandomValues } from "./support/random-values.ts";

type Encode = (desc: DescMessage, value: MessageInitShape<DescMessage>) => Uint8Array;

const SCHEMAS = 150;
const MESSAGES_EACH = 12;

const encodeLikeProtobufEs: Encode = (desc, value) =>
  toBinary(desc, isMessage(value, desc) ? value : create(desc, value));

function outcome(encode: Encode, desc: DescMessage, value: object): string {
  try {
    return Buffer.from(encode(desc, value as MessageInitShape<DescMessage>)).toString("hex");
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

test("whatever a program passes, for whatever schema, becomes the bytes or the error that it is in protobuf-es", () => {
  for (let seed = 0; seed < SCHEMAS; seed++) {
    const random = scatteredRandom(seed);
    const messages = randomMessages(random);
    for (let i = 0; i < MESSAGES_EACH; i++) {
      const liberties = {
        odd: pick(random, [0, 0, 0.02, 0.1]),
        made: pick(random, [0, 0.3, 1]),
        changed: pick(random, [0, 0.3]),
      };
      const desc = pick(random, messages);
      const value = new RandomValues(random, liberties).message(desc, 3);
      const expected = outcome(encodeLikeProtobufEs, desc, value);
      if (outcome(encodeMessage, desc, value) !== expected)
        expect(outcome(encodeMessage, desc, value), `${desc.typeName} of seed ${seed}, message ${i}`).toBe(expected);
    }
  }
});

test("a message that is too deep for our stack is left to protobuf-es, which needs less of it", () => {
  const stack = new ShortStack(1);
  const value = {
    get seconds(): bigint {
      stack.use();
      return 7n;
    },
  };
  expect(outcome(encodeMessage, TimestampSchema, value)).toBe("0807");
});

test("a schema that is first used at the end of the stack has all its fields afterwards", () => {
  const stack = new ShortStack(0);
  const desc: DescMessage = Object.create(TimestampSchema, {
    fields: {
      get: () => {
        stack.use();
        return TimestampSchema.fields;
      },
    },
  });
  expect(outcome(encodeLikeProtobufEs, desc, { nanos: 7 })).toBe("1007");
  stack.overflows = 1;
  expect(outcome(encodeMessage, desc, { nanos: 7 })).toBe("1007");
  expect(stack.overflows).toBe(0);
  expect(outcome(encodeMessage, desc, { nanos: 7 })).toBe("1007");
});

/** Where a stack ends depends on what V8 has compiled. */
class ShortStack {
  overflows: number;

  constructor(overflows: number) {
    this.overflows = overflows;
  }

  use(): void {
    if (this.overflows === 0) return;
    this.overflows--;
    throw new RangeError("Maximum call stack size exceeded");
  }
}
