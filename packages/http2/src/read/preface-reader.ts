/**
 * The octets that a peer sends before its first frame. In: chunks as they come, from the first one on. Out: what follows the preface.
 * A server expects the 24 octets of RFC 9113 3.4, a client expects none.
 */

import { protocolError } from "../http2-error.ts";

export class PrefaceReader {
  readonly #preface: Uint8Array;
  #passed = 0;

  constructor(preface: Uint8Array) {
    this.#preface = preface;
  }

  /** @throws Http2Error at the first octet that differs. RFC 9113 3.4: "a connection error of type PROTOCOL_ERROR". */
  skip(chunk: Buffer): Buffer {
    if (this.#passed === this.#preface.length) return chunk;
    const end = Math.min(chunk.length, this.#preface.length - this.#passed);
    for (let at = 0; at < end; at++) {
      if (chunk[at] !== this.#preface[this.#passed++])
        throw protocolError("the first bytes are not the preface of an HTTP/2 client");
    }
    return chunk.subarray(end);
  }
}
