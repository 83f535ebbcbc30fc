/** `TestService` for servers that take Connect's `ServiceImpl`: connect-node's, and that of this repository. */

import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { EchoStatus, TestService } from "../gen/grpc/testing/test_pb.ts";

export const INITIAL = "x-grpc-test-echo-initial";
export const TRAILING = "x-grpc-test-echo-trailing-bin";

export function zeros(bytes: number): { readonly body: Uint8Array } {
  return { body: new Uint8Array(bytes) };
}

export const testService: ServiceImpl<typeof TestService> = {
  emptyCall: () => ({}),
  unaryCall({ responseStatus, responseSize }, context) {
    echoMetadata(context);
    failAsAsked(responseStatus);
    return { payload: zeros(responseSize) };
  },
  async *streamingOutputCall({ responseParameters, responseStatus }) {
    for (const { size } of responseParameters) yield { payload: zeros(size) };
    failAsAsked(responseStatus);
  },
  async streamingInputCall(requests) {
    let aggregatedPayloadSize = 0;
    for await (const { payload } of requests) aggregatedPayloadSize += payload?.body.length ?? 0;
    return { aggregatedPayloadSize };
  },
  async *fullDuplexCall(requests, context) {
    echoMetadata(context);
    for await (const { responseParameters, responseStatus } of requests) {
      failAsAsked(responseStatus);
      for (const { size } of responseParameters) yield { payload: zeros(size) };
    }
  },
  unimplementedCall() {
    throw new ConnectError("not implemented", Code.Unimplemented);
  },
};

function echoMetadata({ requestHeader, responseHeader, responseTrailer }: HandlerContext): void {
  const initial = requestHeader.get(INITIAL);
  const trailing = requestHeader.get(TRAILING);
  if (initial !== null) responseHeader.set(INITIAL, initial);
  if (trailing !== null) responseTrailer.set(TRAILING, trailing);
}

function failAsAsked(status: EchoStatus | undefined): void {
  if (status !== undefined && status.code !== 0) throw new ConnectError(status.message, status.code);
}
