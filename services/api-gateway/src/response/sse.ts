/** The format of server-sent events (WHATWG HTML 9.2). */

export interface SseEvent {
  /** The cursor that a reconnecting client sends back as `Last-Event-ID`. Absent: the client keeps the one before. */
  readonly id?: string | undefined;
  /** The event's type. A client that listens to no type gets `message`. */
  readonly event: string;
  /** One line, such as JSON. */
  readonly data: string;
  /** How long the client waits before it reconnects, in ms. Absent: the client keeps the time before. */
  readonly retryMs?: number | undefined;
}

/** How long a client waits before it reconnects, in ms: a lost agent or engine is replaced after three times as long. */
export const RECONNECT_MS = 1_000;

export const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  // A proxy that compresses would collect events until its block is full.
  "cache-control": "no-store, no-transform",
  // nginx buffers a stream until its end without this.
  "x-accel-buffering": "no",
};

/**
 * "Lines starting with a colon are comments": this one keeps proxies from closing a silent stream. Without a blank line: some clients
 * take one without data before it for an empty event.
 */
export const SSE_HEARTBEAT = ": ping\n";

export function encodeSse({ id, event, data, retryMs }: SseEvent): string {
  const idLine = id === undefined ? "" : `id: ${fieldValue(id)}\n`;
  const retryLine = retryMs === undefined ? "" : `retry: ${retryMs}\n`;
  return `${retryLine}${idLine}event: ${fieldValue(event)}\ndata: ${fieldValue(data)}\n\n`;
}

/** A line break ends a field, two end the event, and a NUL voids an id: a value must not bring its own. Nothing is cut. */
function fieldValue(value: string): string {
  return value.replaceAll(/[\r\n\0]/g, "");
}
