import { Code, ConnectError } from "@connectrpc/connect";
import type { ConnectionControl } from "../gateway-env.ts";
import { bodyOf, eventStream } from "./event-stream.ts";
import { SSE_HEARTBEAT } from "./sse.ts";

/**
 * A stream that breaks at once, while no service answers or when the gateway stops. An EventSource that reconnects ends for good with any status but 200; after
 * this it waits, and asks again.
 */
export function streamLater(connection: ConnectionControl): Response {
  return eventStream(bodyOf(nothing()), connection);
}

/** Whether a stream could not be read now, and perhaps can by the next request. */
export function mayComeLater(error: unknown, stopping: AbortSignal): boolean {
  if (!(error instanceof ConnectError)) return false;
  return error.code === Code.Unavailable || (error.code === Code.Canceled && stopping.aborted);
}

async function* nothing(): AsyncGenerator<string, void> {
  yield SSE_HEARTBEAT;
  throw new Error("the events cannot be read now");
}
