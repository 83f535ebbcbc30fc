import type { SendWindow } from "../flow/send-window.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import type { PreparedFields } from "../hpack/prepared-fields.ts";
import type { FrameOutput } from "../write/frame-output.ts";
import type { InboundData } from "./inbound-data.ts";
import type { Http2Stream } from "./stream.ts";

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly output: FrameOutput;
  readonly inbound: InboundData;
  /** The connection's own. */
  readonly sendWindow: SendWindow;
  readonly maxSendFrameBytes: number;
  /** Whether frames still go both ways. */
  readonly isLive: boolean;
  /** See `Side`. */
  readonly isClient: boolean;
  /** HEADERS with the prepared fields, if any, then the others. */
  sendBlock(
    streamId: number,
    fields: readonly HeaderField[],
    prepared: PreparedFields | undefined,
    endStream: boolean,
  ): void;
  /** The stream has DATA, and the connection's window or the output has no room: it is asked again by `pump`. */
  waitForRoom(stream: Http2Stream): void;
  /** Its user has sent so many bytes. */
  didSend(bytes: number): void;
  /** This side has sent END_STREAM, and the peer has not. */
  didEndFirst(stream: Http2Stream): void;
  /** A stream has been reset because the peer broke a rule on it. */
  didFail(): void;
  /** Once for each stream, when it is closed. */
  didClose(stream: Http2Stream): void;
}
