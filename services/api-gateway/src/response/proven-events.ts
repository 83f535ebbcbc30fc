import { addProof } from "../event-proof.ts";
import type { StreamedBody } from "../streamed-body.ts";
import type { StreamConnection } from "./event-stream.ts";
import { encodeSse, RECONNECT_MS } from "./sse.ts";

/** One event is one part of the body. Its id stands before all text of others, where only `retry` may be before it: see `encodeSse`. */
const UP_TO_ID = /^((?:retry: \d+\n)?id: [^\n]*)\n/;

/** More than these lines have: an id is ASCII, of at most 203 characters. */
const MAX_HEAD_BYTES = 512;

/**
 * A larger event is sent in two parts, of which the second one is the bytes that all readers of a stream share: an event may have several
 * MiB, and slow readers would each hold a copy of it. Below, one write costs less than two.
 */
const COPIED_UP_TO_BYTES = 16 * 1024;

/**
 * A connection whose event streams have a proof behind each id, for a reader by ticket. Such a stream begins with an event of its own,
 * `stream_opened`: the reader has its proof from the start, also while the turn or run has no event yet.
 *
 * @param cursor the id that the reader has given, or an empty text; what it gets is behind that
 */
export function provenEvents(connection: StreamConnection, proof: string, cursor: string): StreamConnection {
  return { stream: (body, filler) => connection.stream(new ProvenBody(body, proof, cursor), filler) };
}

class ProvenBody implements StreamedBody {
  readonly #body: StreamedBody;
  readonly #proof: string;
  #opening: string | undefined;
  /** What follows the id of an event whose id was sent. */
  #remainder: Uint8Array | undefined;

  constructor(body: StreamedBody, proof: string, cursor: string) {
    this.#body = body;
    this.#proof = proof;
    this.#opening = encodeSse({
      id: addProof(cursor, proof),
      event: "stream_opened",
      data: "{}",
      retryMs: RECONNECT_MS,
    });
  }

  async next(): Promise<string | Uint8Array | undefined> {
    const part = this.#opening ?? this.#remainder;
    this.#opening = undefined;
    this.#remainder = undefined;
    if (part !== undefined) return part;
    const next = await this.#body.next();
    return next === undefined ? undefined : this.#prove(bytesOf(next));
  }

  rest(): void {
    this.#body.rest();
  }

  leave(): void {
    this.#remainder = undefined;
    this.#body.leave();
  }

  #prove(event: Buffer): string | Uint8Array {
    const [head, upToId] = UP_TO_ID.exec(event.toString("latin1", 0, MAX_HEAD_BYTES)) ?? [];
    if (head === undefined || upToId === undefined) return event;
    const proven = `${addProof(upToId, this.#proof)}\n`;
    const remainder = event.subarray(head.length);
    if (event.length <= COPIED_UP_TO_BYTES) return Buffer.concat([Buffer.from(proven), remainder]);
    this.#remainder = remainder;
    return proven;
  }
}

function bytesOf(part: string | Uint8Array): Buffer {
  return typeof part === "string" ? Buffer.from(part) : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
