/**
 * gRPC-Web's interoperability cases, by their published description
 * (https://github.com/grpc/grpc-web/blob/master/doc/interop-test-descriptions.md), and some of ours: what a page can do by unary calls and server
 * streams. In: a client of a page. Out: nothing, or an error that says what was wrong. It runs in a browser.
 */

import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { CASES, fails, type Subject, same } from "../cases.ts";
import { EchoStatusSchema, type TestService, type UnimplementedService } from "../gen/grpc/testing/test_pb.ts";

/** Calls a server from a page. */
interface WebSubject {
  readonly service: Client<typeof TestService>;
  readonly unimplemented: Client<typeof UnimplementedService>;
}

type Case = (subject: WebSubject) => Promise<void>;

const INITIAL = "x-grpc-test-echo-initial";
const TRAILING = "x-grpc-test-echo-trailing-bin";
const BYTES = "q6ur"; // 0xababab as base64

/** A client leaves by then, so that these many are never sent. */
const ENDLESS = Array.from({ length: 100_000 }, () => ({ size: 10_000 }));

export const WEB_CASES: Readonly<Record<string, Case>> = {
  empty_unary: asEverywhere("empty_unary"),
  large_unary: asEverywhere("large_unary"),
  server_streaming: asEverywhere("server_streaming"),
  special_status_message: asEverywhere("special_status_message"),
  unimplemented_method: asEverywhere("unimplemented_method"),
  unimplemented_service: asEverywhere("unimplemented_service"),

  custom_metadata: async ({ service }) => {
    const got: (string | null | undefined)[] = [];
    const options = {
      headers: { [INITIAL]: "test_initial_metadata_value", [TRAILING]: BYTES },
      onHeader: (header: Headers) => got.push(header.get(INITIAL)),
      onTrailer: (trailer: Headers) => got.push(trailer.get(TRAILING)?.replace(/=+$/, "")),
    };
    await service.unaryCall({ responseSize: 1 }, options);
    same(got, ["test_initial_metadata_value", BYTES], "metadata");
  },

  status_code_and_message: async ({ service }) => {
    const responseStatus = { code: Code.Unknown, message: "test status message" };
    await fails(service.unaryCall({ responseStatus }), Code.Unknown, responseStatus.message);
    const stream = service.streamingOutputCall({ responseParameters: [{ size: 9 }], responseStatus });
    await fails(read(stream), Code.Unknown, responseStatus.message);
  },

  error_details: async ({ service }) => {
    const responseStatus = { code: Code.FailedPrecondition, message: "why" };
    const error = await service.unaryCall({ responseStatus }).catch((reason: unknown) => ConnectError.from(reason));
    const details = error instanceof ConnectError ? error.findDetails(EchoStatusSchema) : [];
    same(
      details.map(({ message }) => message),
      ["why"],
      "details of the error",
    );
  },

  timeout_on_sleeping_server: async ({ service }) => {
    const responseParameters = [{ size: 1 }, { size: 1, intervalUs: 60_000_000 }];
    await fails(read(service.streamingOutputCall({ responseParameters }, { timeoutMs: 200 })), Code.DeadlineExceeded);
  },

  cancel_after_first_response: async ({ service }) => {
    const leaving = new AbortController();
    const stream = service.streamingOutputCall({ responseParameters: ENDLESS }, { signal: leaving.signal });
    const responses = stream[Symbol.asyncIterator]();
    same((await responses.next()).value?.payload?.body.length, 10_000, "bytes of the first response");
    leaving.abort();
    await fails(rest(responses), Code.Canceled);
  },
};

/** A case that needs no more than a page has. */
function asEverywhere(name: string): Case {
  return (subject) => CASES[name]?.(subject as Subject) ?? Promise.reject(new Error(`no case ${name}`));
}

async function read(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) continue;
}

/** What had come before the client left may still be read. */
async function rest(responses: AsyncIterator<unknown>): Promise<void> {
  while ((await responses.next()).done !== true) continue;
}
