/** What tests of calls share: the streams of the echo service, and messages to and from them. */

import type { Echo } from "@agent-team/grpc-server/testing";
import { create } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";

/** A client's stream is answered with its values in one, and a bidirectional one with its own messages. */
export const ECHO_STREAMS: Pick<ServiceImpl<typeof Echo>, "clientStream" | "bidi"> = {
  async clientStream(requests) {
    return { value: (await valuesOf(requests)).join() };
  },
  async *bidi(requests) {
    yield* requests;
  },
};

export async function* messagesOf(...values: readonly string[]): AsyncGenerator<StringValue> {
  for (const value of values) yield create(StringValueSchema, { value });
}

export async function valuesOf(stream: AsyncIterable<{ readonly value: string }>): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of stream) values.push(value);
  return values;
}
