/**
 * Follows a stream of events to its last one, over any number of connections. A connection that breaks, ends early or is silent is
 * replaced by another one behind the last event; the pauses between grow.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { ProblemError } from "./problem.ts";
import { EventParser, type ServerEvent } from "./sse.ts";

export interface FollowOptions {
  /** Opens the stream behind an event; undefined: from the beginning. */
  readonly open: (cursor: string | undefined, signal: AbortSignal) => Promise<Response>;
  readonly isLast: (event: ServerEvent) => boolean;
  /** The id of the event behind which the stream begins. Default: from the first event. */
  readonly after?: string | undefined;
  /** The reader begins anew after such an event. */
  readonly isRestart?: ((event: ServerEvent) => boolean) | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** `broken`: the connection is lost, and the next one is tried. */
export type Followed = { readonly kind: "event"; readonly event: ServerEvent } | { readonly kind: "broken" };

/** The gateway sends a comment after 15 s of silence. */
const SILENCE_MS = 20_000;

const FIRST_PAUSE = Backoff.first({ baseMs: 500, maxMs: 5_000, minMs: 100 });

/** Ends after the last event, and when `signal` aborts. @throws ProblemError when another attempt would not help */
export async function* follow(options: FollowOptions): AsyncGenerator<Followed> {
  const { signal, clock, random, isLast, isRestart = () => false } = options;
  let cursor = options.after;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    let retryAfterMs = 0;
    try {
      for await (const event of connect(options, cursor)) {
        pause = FIRST_PAUSE;
        cursor = isRestart(event) ? undefined : (event.id ?? cursor);
        yield { kind: "event", event };
        if (isLast(event)) return;
      }
    } catch (error) {
      if (error instanceof Ended) return;
      if (error instanceof ProblemError && !error.isPassing) throw error;
      if (error instanceof ProblemError) retryAfterMs = error.retryAfterMs ?? 0;
    }
    if (signal.aborted) return;
    yield { kind: "broken" };
    await wait(Math.max(retryAfterMs, pause.delayMs(random)), clock, signal);
    pause = pause.next();
  }
}

/** The last event was seen before: the gateway answers 204. */
class Ended extends Error {}

/** The events of one connection. */
async function* connect(
  { open, signal, clock }: FollowOptions,
  cursor: string | undefined,
): AsyncGenerator<ServerEvent> {
  const connection = new AbortController();
  const end = (): void => connection.abort();
  let silence = clock.setTimer(SILENCE_MS, end);
  signal.addEventListener("abort", end, { once: true });
  try {
    const response = await open(cursor, connection.signal);
    if (response.status === 204) throw new Ended();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      silence.cancel();
      silence = clock.setTimer(SILENCE_MS, end);
      yield* parser.push(decoder.decode(chunk.value, { stream: true }));
    }
  } finally {
    silence.cancel();
    signal.removeEventListener("abort", end);
    connection.abort();
  }
}

/** Resolves after the time, or when the signal aborts. */
export function wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(ms, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
