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
export { DEFAULT_MAX_FRAME_BYTES, ErrorCode, FrameFlag, FrameType, SettingId } from "./constants.ts";
export {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  MAX_FRAME_BYTES,
  MAX_STREAM_ID,
  readFrameHeader,
  writeFrameHeader,
} from "./frame.ts";
