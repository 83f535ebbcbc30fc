/** The format of server-sent events (WHATWG HTML 9.2). */

export interface SseEvent {
  /** The cursor that a reconnecting client sends back as `Last-Event-ID`. Absent: the client keeps the one before. */
  readonly id?: string | undefined;
  /** The event's type. A client that listens to no type gets `message`. */
  readonly event: string;
  /** One line, such as JSON. */
  readonly data: string;
}

/** How long a client waits before it reconnects, in ms. Sent once, at the head of the stream. */
const RETRY_MS = 1_000;

export const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // nginx buffers a stream until its end without this.
  "x-accel-buffering": "no",
};

/** A line of the first event. */
export const RETRY_FIELD: string = `retry: ${RETRY_MS}\n`;

/** The head of a stream. */
export const SSE_PREAMBLE: string = `${RETRY_FIELD}\n`;

/** "Lines starting with a colon are comments": this one keeps proxies from closing a silent stream. */
export const SSE_HEARTBEAT = ": heartbeat\n\n";

export function encodeSse({ id, event, data }: SseEvent): string {
  const idLine = id === undefined ? "" : `id: ${fieldValue(id)}\n`;
  return `${idLine}event: ${fieldValue(event)}\ndata: ${fieldValue(data)}\n\n`;
}

/** A line break ends a field, two end the event, and a NUL voids an id: a value must not bring its own. Nothing is cut. */
function fieldValue(value: string): string {
  return value.replaceAll(/[\r\n\0]/g, "");
}
