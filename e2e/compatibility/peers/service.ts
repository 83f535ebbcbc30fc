/** `TestService` for servers that take Connect's `ServiceImpl`: connect-node's, and that of this repository. */

import { systemClock } from "@agent-team/foundation/clock";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { type EchoStatus, EchoStatusSchema, type TestService } from "../gen/grpc/testing/test_pb.ts";

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
  async *streamingOutputCall({ responseParameters, responseStatus }, { signal }) {
    for (const { size, intervalUs } of responseParameters) {
      if (intervalUs > 0) await pause(intervalUs / 1_000, signal);
      yield { payload: zeros(size) };
    }
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

/** Ends when the call ends, too. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = systemClock.setTimer(ms, resolve);
    signal.addEventListener("abort", () => {
      timer.cancel();
      resolve();
    });
  });
}

/** The status is also a detail of the error. */
function failAsAsked(status: EchoStatus | undefined): void {
  if (status === undefined || status.code === 0) return;
  throw new ConnectError(status.message, status.code, undefined, [{ desc: EchoStatusSchema, value: status }]);
}
