import { createServer, type Http2Server, type ServerOptions } from "node:http2";

/**
 * Streams that one connection may have open. Most servers name no bound; ours is the number of connections that one
 * gateway task admits, so that even a gateway whose users are all on one connection stays below it.
 */
const MAX_CONCURRENT_STREAMS = 4_096;

/** Request metadata of one call, as RFC 9113 6.5.2 counts it: names, values, and 32 bytes a field. */
const MAX_REQUEST_HEADER_BYTES = 16 * 1024;

/** Stands for "no limit" where node:http2 wants a number. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * nghttp2 answers resets above its rate (1,000 at once, then 33 a second) by ending the connection with everything on
 * it. The limit that counts is `ResetBudget`, which refuses new streams instead; this one lies where no peer comes:
 * a stream costs node:http2 more than 10 µs, so there are less than 100,000 a second.
 */
const RESETS_BEYOND_REACH = { streamResetBurst: 1_000_000, streamResetRate: 100_000 };

const OPTIONS: ServerOptions = {
  ...RESETS_BEYOND_REACH,
  settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: MAX_REQUEST_HEADER_BYTES },
  // node:http2 counts what streams have queued, and above 10 MB resets the newest, whoever's it is. What one call can
  // queue is bounded by its message size and by backpressure.
  maxSessionMemory: UNLIMITED,
  // The bound of what we send stands in `TrailerBudget`.
  maxSendHeaderBlockLength: UNLIMITED,
};

/** An HTTP/2 server without TLS that does not listen yet, with the limits that hold before gRPC sees a call. */
export function createHttp2Server(): Http2Server {
  return createServer(OPTIONS);
}
