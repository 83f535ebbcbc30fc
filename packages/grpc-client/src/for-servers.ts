/**
 * What a server of this repository shares with the channel: its handlers make calls, and its messages and deadlines are as those of the
 * channel. Not published: the bundle of `grpc-server` holds it.
 */

export { encodeMessage } from "./adapters/message-encoder.ts";
export { type DeadlineEntry, DeadlineWheel, OUTSIDE_WHEEL } from "./call/deadline.ts";
export { type InboundCall, underInbound } from "./inbound.ts";
export { ACCEPTED_ENCODINGS } from "./transport/inflate.ts";
export { type MessageListener, MessageReader, PREFIX_BYTES, writePrefix } from "./transport/message-reader.ts";
