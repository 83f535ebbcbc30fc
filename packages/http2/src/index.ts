export {
  buildFrame,
  CONNECTION_PREFACE,
  continuationFrame,
  dataFrame,
  goawayFrame,
  headersFrame,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "./build-frame.ts";
export { ClientConnection, type ClientConnectionOptions } from "./connection/client-connection.ts";

export {
  ServerConnection,
  type ServerConnectionOptions,
  type ServerLimit,
  type ServerListener,
} from "./connection/server-connection.ts";
export type { ConnectionListener, ConnectionOptions } from "./connection/side.ts";
export type { Http2Stream } from "./connection/stream.ts";
export type { StreamAbort, StreamListener } from "./connection/stream-listener.ts";
export {
  DEFAULT_HEADER_TABLE_BYTES,
  DEFAULT_MAX_FRAME_BYTES,
  ErrorCode,
  FrameFlag,
  FrameType,
  SettingId,
} from "./constants.ts";
export {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  MAX_FRAME_BYTES,
  MAX_STREAM_ID,
  readFrameHeader,
  writeFrameHeader,
} from "./frame.ts";
export { HpackDecoder, type HpackDecoderOptions } from "./hpack/decoder.ts";
export { HpackEncoder, type HpackEncoderOptions } from "./hpack/encoder.ts";
export type { HeaderField } from "./hpack/header-field.ts";
export { HpackError } from "./hpack/hpack-error.ts";
export type { Indexing, Literal } from "./hpack/indexing.ts";
export type { PreparedFields } from "./hpack/prepared-fields.ts";
export { errorName, Http2Error } from "./http2-error.ts";
export { keep, SharedReads } from "./read/shared-reads.ts";
export type { RequestHead } from "./request-rules.ts";
export type { Settings } from "./settings.ts";
