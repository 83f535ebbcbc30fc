/** The settings of one side of a connection: their initial values, and what a SETTINGS frame changes. Quotes are from RFC 9113. */

import { DEFAULT_MAX_FRAME_BYTES, ErrorCode, SettingId } from "./constants.ts";
import { MAX_FRAME_BYTES, readUint16, readUint32 } from "./frame.ts";
import { Http2Error, protocolError } from "./http2-error.ts";

/** Section 6.5.2, "Defined Settings". */
export interface Settings {
  /** Largest dynamic table that the sender of the SETTINGS uses for decoding, in bytes. */
  readonly headerTableBytes: number;
  readonly enablePush: boolean;
  /** How many streams the sender of the SETTINGS admits. */
  readonly maxConcurrentStreams: number;
  /** Bytes of DATA that the sender of the SETTINGS takes on a new stream. */
  readonly initialWindowBytes: number;
  /** Largest payload that the sender of the SETTINGS takes. */
  readonly maxFrameBytes: number;
  /** Largest header list that the sender of the SETTINGS takes, before compression. */
  readonly maxHeaderListBytes: number;
}

/** Section 6.9.1: "A sender MUST NOT allow a flow-control window to exceed 2^31-1 octets." */
export const MAX_WINDOW_BYTES = 0x7fff_ffff;

/** Section 6.9.2: "new streams are created with an initial flow-control window size of 65,535 octets", the connection's too. */
export const DEFAULT_WINDOW_BYTES = 65_535;

/** The initial value of settings without a limit: as large as the field. */
const UNLIMITED = 0xffff_ffff;

/** Section 6.5.2: what holds before the first SETTINGS. */
export const INITIAL_SETTINGS: Settings = {
  headerTableBytes: 4_096,
  enablePush: true,
  maxConcurrentStreams: UNLIMITED,
  initialWindowBytes: DEFAULT_WINDOW_BYTES,
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxHeaderListBytes: UNLIMITED,
};

/** Section 6.5.1: a parameter is "an unsigned 16-bit setting identifier and an unsigned 32-bit value". */
export const SETTING_BYTES = 6;

/**
 * `current` with the parameters of one frame. Section 6.5.3: "The values in the SETTINGS frame MUST be processed in the order they
 * appear", and unknown ones are ignored. `onTableSize` gets each SETTINGS_HEADER_TABLE_SIZE: a frame may have several, and an encoder
 * has to signal the smallest (RFC 7541 4.2).
 * @throws Http2Error for a value that RFC 9113 does not allow
 */
export function applySettings(
  current: Settings,
  bytes: Uint8Array,
  start: number,
  end: number,
  onTableSize: (bytes: number) => void,
): Settings {
  const next = { ...current };
  for (let at = start; at < end; at += SETTING_BYTES) {
    const value = readUint32(bytes, at + 2);
    switch (readUint16(bytes, at)) {
      case SettingId.headerTableSize:
        next.headerTableBytes = value;
        onTableSize(value);
        break;
      case SettingId.enablePush:
        // "Any value other than 0 or 1 MUST be treated as a connection error of type PROTOCOL_ERROR."
        if (value > 1) throw protocolError(`SETTINGS_ENABLE_PUSH ${value}`);
        next.enablePush = value === 1;
        break;
      case SettingId.maxConcurrentStreams:
        next.maxConcurrentStreams = value;
        break;
      case SettingId.initialWindowSize:
        // "Values above the maximum flow-control window size of 2^31-1 MUST be treated as a connection error of type FLOW_CONTROL_ERROR."
        if (value > MAX_WINDOW_BYTES)
          throw new Http2Error(ErrorCode.flowControlError, `SETTINGS_INITIAL_WINDOW_SIZE ${value}`);
        next.initialWindowBytes = value;
        break;
      case SettingId.maxFrameSize:
        // "Values outside this range MUST be treated as a connection error of type PROTOCOL_ERROR."
        if (value < DEFAULT_MAX_FRAME_BYTES || value > MAX_FRAME_BYTES)
          throw protocolError(`SETTINGS_MAX_FRAME_SIZE ${value}`);
        next.maxFrameBytes = value;
        break;
      case SettingId.maxHeaderListSize:
        next.maxHeaderListBytes = value;
        break;
      default:
        break;
    }
  }
  return next;
}
