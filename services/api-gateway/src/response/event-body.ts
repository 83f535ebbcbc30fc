import type { RestingIterator } from "../resting-iterator.ts";
import type { StreamedBody } from "../streamed-body.ts";
import { encodeSse, RECONNECT_MS, type SseEvent } from "./sse.ts";

/** How the messages of one method become events. */
export interface EventFormat<Message> {
  toSseEvent(message: Message): SseEvent;
  /** Encodes a message that is not the first one; made by `encodedOnce`. */
  encode(message: Message): Uint8Array;
  /** Whether nothing follows the message. */
  isLast(message: Message): boolean;
  /** Whether readers get the message only when it is the first one. */
  isHidden(message: Message): boolean;
  /** Whether a stream may be left while its reader takes nothing, and is read again from there. */
  readonly mayRest: boolean;
  /** The failure of a stream that ends without its last message. */
  incomplete(): Error;
}

/**
 * The text of a failure behind `last`, for the reader; undefined: `last` says it all.
 * @throws unknown to break the connection: readers take a clean end for the whole
 */
export type FailureText<Message> = (error: unknown, last: Message) => string | undefined;

/** The messages of a stream as the body of an event stream. One object for each reader, because there may be thousands. */
export class EventBody<Message> implements StreamedBody {
  readonly #rest: RestingIterator<Message>;
  readonly #format: EventFormat<Message>;
  readonly #failureText: FailureText<Message>;
  #last: Message;
  #state: "new" | "open" | "over" = "new";

  constructor(
    first: Message,
    rest: RestingIterator<Message>,
    format: EventFormat<Message>,
    failureText: FailureText<Message>,
  ) {
    this.#last = first;
    this.#rest = rest;
    this.#format = format;
    this.#failureText = failureText;
  }

  async next(): Promise<string | Uint8Array | undefined> {
    if (this.#state === "over") return undefined;
    if (this.#state === "new") {
      this.#state = "open";
      return encodeSse({ ...this.#format.toSseEvent(this.#last), retryMs: RECONNECT_MS });
    }
    try {
      let next = await this.#rest.next();
      while (next.done !== true && this.#format.isHidden(next.value)) next = await this.#rest.next();
      if (next.done !== true) return this.#encode(next.value);
      if (this.#hasLeft() || this.#format.isLast(this.#last)) return undefined;
      throw this.#format.incomplete();
    } catch (error) {
      if (this.#hasLeft()) throw error;
      this.#state = "over";
      return this.#failureText(error, this.#last);
    }
  }

  rest(): void {
    if (this.#format.mayRest && this.#state === "open") this.#rest.rest?.();
  }

  leave(): void {
    this.#state = "over";
    void this.#leaveRest();
  }

  #encode(message: Message): Uint8Array {
    this.#last = message;
    return this.#format.encode(message);
  }

  #hasLeft(): boolean {
    return this.#state === "over";
  }

  async #leaveRest(): Promise<void> {
    try {
      await this.#rest.return?.();
    } catch {
      // The reader has left: the error reaches no one.
    }
  }
}

/** Encodes a message once for all readers that get it one right after the other, as those of a shared stream do. */
export function encodedOnce<Message>(toSseEvent: (message: Message) => SseEvent): EventFormat<Message>["encode"] {
  let last: { readonly message: Message; readonly bytes: Uint8Array } | undefined;
  return (message) => {
    if (last?.message !== message) last = { message, bytes: Buffer.from(encodeSse(toSseEvent(message))) };
    return last.bytes;
  };
}
