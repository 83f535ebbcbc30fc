/** One event of an event stream (WHATWG HTML 9.2). */
export interface SseEvent {
  /** The cursor that a reconnecting client sends back as `Last-Event-ID`. Absent: the client keeps the one before. */
  readonly id?: string | undefined;
  /** Its type. Clients that listen to no type in particular get `message`. */
  readonly event: string;
  /** One line: JSON has no others. */
  readonly data: string;
}

/** How long a client waits before it connects again, in ms. It is asked for once, at the head of the stream. */
const retryMs = 1_000;

export const sseHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // nginx and its relatives hold a stream back until it ends, unless told so.
  "x-accel-buffering": "no",
};

/** The head of a stream. */
export const ssePreamble: string = `retry: ${retryMs}\n\n`;

/** "Lines starting with a colon are comments": it keeps proxies from closing a stream that is silent. */
export const sseHeartbeat = ": heartbeat\n\n";

export function encodeSse({ id, event, data }: SseEvent): string {
  const idLine = id === undefined ? "" : `id: ${oneLine(id)}\n`;
  return `${idLine}event: ${oneLine(event)}\ndata: ${oneLine(data)}\n\n`;
}

/** A line break ends a field, and two end the event; a NUL voids an id. None may come from outside. */
function oneLine(value: string): string {
  return value.replaceAll(/[\r\n\0]/g, "");
}
