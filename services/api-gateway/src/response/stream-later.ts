import { Code, ConnectError } from "@connectrpc/connect";
import { bodyOf, eventStream, type StreamConnection } from "./event-stream.ts";
import { SSE_HEARTBEAT } from "./sse.ts";

/**
 * A stream that breaks at once, while no service answers or when the gateway stops. An EventSource that reconnects ends for good with any status but 200; after
 * this it waits, and asks again. `lines` are written before the break: no event, and no blank line.
 */
export function streamLater(connection: StreamConnection, lines: string = SSE_HEARTBEAT): Response {
  return eventStream(bodyOf(nothing(lines)), connection);
}

/** Whether a stream could not be read now, and perhaps can by the next request. */
export function mayComeLater(error: unknown, stopping: AbortSignal): boolean {
  if (!(error instanceof ConnectError)) return false;
  return error.code === Code.Unavailable || (error.code === Code.Canceled && stopping.aborted);
}

async function* nothing(lines: string): AsyncGenerator<string, void> {
  yield lines;
  throw new Error("the events cannot be read now");
}
