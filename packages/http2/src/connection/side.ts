/** What a connection is made of besides its socket: the inputs and the listener of its user, and what depends on its side. */

import type { SettingId } from "../constants.ts";
import type { Settings } from "../settings.ts";

/** Inputs of a connection. */
export interface ConnectionOptions {
  /** Milliseconds on a monotonic scale. */
  readonly now: () => number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE of this side. A larger list ends its stream. Default 65,536. */
  readonly maxHeaderListBytes?: number | undefined;
}

/** Receives the events of one connection. */
export interface ConnectionListener {
  /** SETTINGS of the peer have come and hold: `peerSettings`. The first time the connection is open. */
  onSettings(): void;
  /** A stream has closed. */
  onStreamClose(): void;
  /** The peer takes no new streams, and has not looked at those above `lastStreamId`. `debug` is arbitrary. */
  onGoaway(errorCode: number, lastStreamId: number, debug: Buffer): void;
  /** The last event. All streams have ended. `error`: why; undefined after `close` and after an orderly GOAWAY. */
  onClose(error: Error | undefined): void;
}

/** What a connection is made with by its side, the client's or the server's. */
export interface Side {
  /** Whether the exchange on a stream is over when the peer has ended it: a client's is, by the response. */
  readonly isClient: boolean;
  /** What comes before SETTINGS. */
  readonly preface: Uint8Array;
  /** What the peer sends before its SETTINGS. */
  readonly peerPreface: Uint8Array;
  /** Further SETTINGS of this side. */
  readonly settings: readonly (readonly [id: (typeof SettingId)[keyof typeof SettingId], value: number])[];
  /** The peer's before it has sent any. */
  readonly peerSettings: Settings;
}
