/** The PINGs of this side that are under way. In: PINGs to send, and acknowledgements. Out: the call of each one's function. */

import { readUint32, writeUint32 } from "../frame.ts";
import type { FrameOutput } from "../write/frame-output.ts";

/** As node:http2's `maxOutstandingPings`: more teach nothing about a peer that does not answer. */
const MAX_UNDER_WAY = 10;

/** The payload of the PING that is being sent. */
const OPAQUE = new Uint8Array(8);

export class Pings {
  /** Undefined while none is under way. */
  #onAck: Map<number, () => void> | undefined;
  #last = 0;

  /** False, and nothing is sent: too many are under way. */
  send(output: FrameOutput, onAck: () => void): boolean {
    const onAcks = (this.#onAck ??= new Map());
    if (onAcks.size >= MAX_UNDER_WAY) return false;
    this.#last = (this.#last + 1) >>> 0;
    onAcks.set(this.#last, onAck);
    writeUint32(OPAQUE, 4, this.#last);
    output.ping(OPAQUE, 0, false);
    return true;
  }

  /** RFC 9113 6.7: an acknowledgement has "an identical frame payload". False: no PING with this payload is under way. */
  didAck(bytes: Uint8Array, start: number): boolean {
    const id = readUint32(bytes, start + 4);
    const onAck = readUint32(bytes, start) === 0 ? this.#onAck?.get(id) : undefined;
    if (onAck === undefined) return false;
    this.#onAck?.delete(id);
    if (this.#onAck?.size === 0) this.#onAck = undefined;
    onAck();
    return true;
  }
}
