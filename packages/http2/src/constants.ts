/** The numbers of RFC 9113 for frame types, flags, settings and error codes. Quotes and section numbers are from RFC 9113. */

/** Section 6, "Frame Definitions". */
export const FrameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

/**
 * The meaning of a bit depends on the frame type: 0x1 is END_STREAM in DATA and HEADERS, ACK in SETTINGS and PING.
 * Section 4.1: "Flags that have no defined semantics for a particular frame type are unused flags."
 */
export const FrameFlag = {
  none: 0x0,
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** Section 6.5.2, "Defined Settings". */
export const SettingId = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
} as const;

/** Section 7, "Error Codes": for RST_STREAM and GOAWAY. */
export const ErrorCode = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  connectError: 0xa,
  enhanceYourCalm: 0xb,
  inadequateSecurity: 0xc,
  http11Required: 0xd,
} as const;

/** Section 4.2: the payload that every receiver must accept, in bytes: "2^14 (16,384)". */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;

/** Section 6.5.2: SETTINGS_HEADER_TABLE_SIZE before the first SETTINGS, in bytes as HPACK counts them: "4,096 octets". */
export const DEFAULT_HEADER_TABLE_BYTES = 4_096;
