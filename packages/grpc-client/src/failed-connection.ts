import type { Connection, ConnectionListener, PeerSettings } from "./transport.ts";

/** A connection that could not even be begun, for instance to a port that does not exist. Closes with its error, after it was made. */
export class FailedConnection implements Connection {
  readonly peerSettings: PeerSettings = { maxConcurrentStreams: 0, maxHeaderListBytes: 0 };
  readonly lastReceivedMs: number;
  readonly openStreams = 0;
  readonly openCalls = 0;
  readonly responses = 0;
  readonly hasRoom = false;

  constructor(error: Error, nowMs: number, listener: ConnectionListener) {
    this.lastReceivedMs = nowMs;
    queueMicrotask(() => listener.onClose(error));
  }

  open(): undefined {
    return undefined;
  }

  ping(): boolean {
    return false;
  }

  drain(): void {}

  destroy(): void {}
}
