import { addProof } from "../event-proof.ts";
import type { StreamedBody } from "../streamed-body.ts";
import type { StreamConnection } from "./event-stream.ts";
import { encodeSse, RECONNECT_MS } from "./sse.ts";

/** One event is one part of the body. Its id stands before all text of others, where only `retry` may be before it: see `encodeSse`. */
const UP_TO_ID = /^(?:retry: \d+\n)?id: [^\n]*/;

/**
 * A connection whose event streams have a proof behind each id, for a reader by ticket. Such a stream begins with an event of its own,
 * `stream_opened`, so that the reader has its proof before the first event of the turn or run, and also when there is none yet.
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
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) return opening;
    const part = await this.#body.next();
    if (part === undefined) return undefined;
    const text = typeof part === "string" ? part : Buffer.from(part).toString();
    return text.replace(UP_TO_ID, (found) => addProof(found, this.#proof));
  }

  rest(): void {
    this.#body.rest();
  }

  leave(): void {
    this.#body.leave();
  }
}
