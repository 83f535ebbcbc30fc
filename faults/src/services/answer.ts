/** Reads one turn through the gateway, as a person's browser does. */

import { systemClock } from "@agent-team/foundation/clock";
import { serverSentEvents } from "@agent-team/test-support/server-sent-events";

/** A request that ends in a workflow of five steps, with an answer of some thirty events. */
export const REQUEST =
  "every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve, then POST it to https://example.com/audit";

const RECONNECT_MS = 100;
const LIMIT_MS = 60_000;

export interface ReadOptions {
  /** Called with the number of each stored event, from 1, when it has come. The reader waits for the promise. */
  readonly onEvent?: (sequence: number) => Promise<void> | void;
  /** A reader that comes back with the id of its last event when its connection breaks. Default: it does not. */
  readonly reconnects?: boolean;
  readonly requestId?: string;
}

export interface Answer {
  readonly text: string;
  /** Stored events, in order and without a gap. */
  readonly isWhole: boolean;
  readonly events: number;
  readonly takeovers: number;
  readonly firstEventMs: number;
  /** The longest time between two events. */
  readonly longestPauseMs: number;
  readonly reconnects: number;
  /** The last event's. It names the agents that took the turn: one for each. */
  readonly fence: string;
}

interface TurnEvent {
  readonly sequence?: number;
  readonly turn_id?: string;
  readonly fence?: string;
  readonly message?: string;
  readonly turn_completed?: { readonly usage?: { readonly takeovers?: number } };
}

/** @throws Error when the stream ends without the turn's last event and the reader does not come back */
export async function ask(url: string, conversation: string, options: ReadOptions = {}): Promise<Answer> {
  const overtime = new AbortController();
  const limit = systemClock.setTimer(LIMIT_MS, () => overtime.abort(new Error(`not done after ${LIMIT_MS / 1_000} s`)));
  try {
    return await read(url, conversation, options, overtime.signal);
  } finally {
    limit.cancel();
  }
}

async function read(url: string, conversation: string, options: ReadOptions, signal: AbortSignal): Promise<Answer> {
  const reading = new Reading(options);
  const body = JSON.stringify({ message: REQUEST, request_id: options.requestId });
  const post = { method: "POST", headers: { "content-type": "application/json", accept: "text/event-stream" }, body };
  const open = (): Promise<Response> =>
    reading.turnId === ""
      ? fetch(`${url}/v1/conversations/${conversation}/messages`, { ...post, signal })
      : fetch(`${url}/v1/turns/${reading.turnId}/events`, {
          headers: { "last-event-id": reading.lastEventId },
          signal,
        });
  for (;;) {
    try {
      if (await reading.read(await open())) return reading.answer;
      if (options.reconnects !== true) throw new Error("the stream ended before the turn");
    } catch (error) {
      if (options.reconnects !== true || signal.aborted) throw error;
    }
    reading.reconnects += 1;
    await new Promise<void>((resolve) => systemClock.setTimer(RECONNECT_MS, resolve));
  }
}

class Reading {
  turnId = "";
  lastEventId = "";
  reconnects = 0;
  readonly #options: ReadOptions;
  readonly #startedMs = systemClock.now();
  readonly #numbers: number[] = [];
  #text = "";
  #takeovers = 0;
  #fence = "";
  #firstEventMs = 0;
  #lastMs = 0;
  #longestPauseMs = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  get answer(): Answer {
    return {
      text: this.#text,
      isWhole: this.#numbers.every((number, at) => number === at + 1),
      events: this.#numbers.length,
      takeovers: this.#takeovers,
      firstEventMs: this.#firstEventMs,
      longestPauseMs: this.#longestPauseMs,
      reconnects: this.reconnects,
      fence: this.#fence,
    };
  }

  /** Reads a response to its end; true when the turn's last event has come. */
  async read(response: Response): Promise<boolean> {
    if (response.status !== 200 || response.body === null)
      throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    for await (const { type, data, lastEventId } of serverSentEvents(response.body)) {
      this.lastEventId = lastEventId;
      const event = JSON.parse(data) as TurnEvent;
      if (event.sequence === undefined) continue;
      this.#keep(event, event.sequence);
      if (type === "turn_failed") throw new Error(`the turn failed: ${data}`);
      await this.#options.onEvent?.(event.sequence);
      if (type === "turn_completed") return true;
    }
    return false;
  }

  #keep({ turn_id, message, turn_completed, fence }: TurnEvent, sequence: number): void {
    const nowMs = systemClock.now();
    if (this.#numbers.length === 0) this.#firstEventMs = nowMs - this.#startedMs;
    else this.#longestPauseMs = Math.max(this.#longestPauseMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#numbers.push(sequence);
    this.turnId = turn_id ?? this.turnId;
    this.#fence = fence ?? this.#fence;
    this.#text += message ?? "";
    this.#takeovers = turn_completed?.usage?.takeovers ?? this.#takeovers;
  }
}

/** What is wrong with an answer, compared with an undisturbed one. */
export function faultsOf(
  answer: Answer,
  whole: Answer,
  names: { readonly of: string; readonly whole: string },
): string[] {
  const expected = whole.text.replaceAll(names.whole, names.of); // an answer names its conversation
  return [
    ...(answer.text === expected ? [] : [`${names.of}: other text: ${JSON.stringify(answer.text)}`]),
    ...(answer.isWhole && answer.events === whole.events
      ? []
      : [`${names.of}: ${answer.events} events, in order and each once: ${answer.isWhole}; expected ${whole.events}`]),
  ];
}
